//! The check of a TOML document's shape against a JSON Schema: every unknown or missing key and every value of the wrong
//! type is pointed at in one pass, where serde would stop at the first. The schema is generated from the types, so both
//! ask for the same.

use serde::de::DeserializeOwned;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::document::{Document, one_line};
use super::problem::{Problem, codes};

/// Reads a document as a `T` whose JSON Schema is `schema`. `help` says where an author finds the form of a value.
pub(super) fn read<T: DeserializeOwned>(
    document: &Document<'_>,
    schema: &Value,
    help: &str,
) -> Result<T, Vec<Problem>> {
    let problems = problems(document, schema);
    if !problems.is_empty() {
        return Err(problems);
    }
    let deserializer = toml::de::Deserializer::from(document.root().clone());
    serde_path_to_error::deserialize(deserializer).map_err(|error| {
        // The path stops at a tagged table and the span may begin before it: the later one is the closer one.
        let by_path = document.place(&error.path().to_string());
        let by_span = error
            .inner()
            .span()
            .map(|span| document.place_at(span.start));
        vec![Problem::error(
            codes::WRONG_VALUE,
            by_span
                .filter(|place| place.line > by_path.line)
                .unwrap_or(by_path),
            one_line(error.inner().message()),
            format!("write the value in the form that the message names; {help}"),
        )]
    })
}

/// What in `document` does not have the shape that `schema` asks for.
fn problems(document: &Document<'_>, schema: &Value) -> Vec<Problem> {
    let mut shape = Shape {
        document,
        definitions: &schema["$defs"],
        problems: Vec::new(),
    };
    shape.table(schema, document.root().get_ref(), 0, "");
    shape.problems
}

/// Walks a value and its schema side by side.
struct Shape<'a, 't> {
    document: &'a Document<'t>,
    definitions: &'a Value,
    problems: Vec<Problem>,
}

impl<'a> Shape<'a, '_> {
    fn value(&mut self, schema: &'a Value, value: &Spanned<DeValue<'_>>, name: &str) {
        let schema = self.resolve(schema);
        if let Some(alternatives) = schema["oneOf"].as_array() {
            return self.alternatives(alternatives, value, name);
        }
        if let Some(wanted) = wrong_type(schema, value.get_ref()) {
            return self.problem(
                codes::WRONG_TYPE,
                value.span().start,
                format!(
                    "`{name}` is {}, but should be {wanted}",
                    described(value.get_ref())
                ),
                format!("write {wanted} here"),
            );
        }
        match value.get_ref() {
            DeValue::Table(table) => self.table(schema, table, value.span().start, name),
            DeValue::Array(array) => {
                for item in array.iter() {
                    self.value(&schema["items"], item, name);
                }
            }
            DeValue::String(text) => self.listed(schema["enum"].as_array(), text, value, name),
            DeValue::Integer(number) => self.range(schema, number.as_str(), value, name),
            _ => {}
        }
    }

    /// Follows `$ref`, and takes what an optional value is when it is there.
    fn resolve(&self, mut schema: &'a Value) -> &'a Value {
        loop {
            if let Some(name) = schema["$ref"]
                .as_str()
                .and_then(|reference| reference.strip_prefix("#/$defs/"))
            {
                schema = &self.definitions[name];
            } else if let Some(some) = schema["anyOf"]
                .as_array()
                .and_then(|any| any.iter().find(|one| one["type"] != "null"))
            {
                schema = some;
            } else {
                return schema;
            }
        }
    }

    /// What a property is for, in its own words or those of its type.
    fn purpose(&self, property: &'a Value) -> String {
        match [property, self.resolve(property)]
            .iter()
            .find_map(|one| one["description"].as_str())
        {
            Some(description) => one_line(description),
            None => "it is required".to_owned(),
        }
    }

    fn table(&mut self, schema: &'a Value, table: &DeTable<'_>, start: usize, name: &str) {
        let known = schema["properties"].as_object();
        let free = &schema["additionalProperties"];
        for (key, inner) in table {
            let path = join(name, key.get_ref());
            if let Some(schema) = known.and_then(|known| known.get(&**key.get_ref())) {
                self.value(schema, inner, &path);
            } else if free.is_object() {
                self.value(free, inner, &path);
            } else {
                let names: Vec<&str> = known
                    .into_iter()
                    .flat_map(|known| known.keys().map(String::as_str))
                    .collect();
                self.problem(
                    codes::UNKNOWN_KEY,
                    key.span().start,
                    format!("there is no key `{}` {}", key.get_ref(), inside(name)),
                    suggestion(key.get_ref(), &names),
                );
            }
        }
        for key in schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
        {
            if !table.keys().any(|present| present.get_ref() == key) {
                let what = self.purpose(&schema["properties"][key]);
                self.problem(
                    codes::MISSING_KEY,
                    start,
                    format!("the key `{key}` is missing {}", inside(name)),
                    format!("add `{key}`: {what}"),
                );
            }
        }
    }

    /// One of several: strings of a closed list, or tables told apart by the constant under one key.
    fn alternatives(
        &mut self,
        alternatives: &'a [Value],
        value: &Spanned<DeValue<'_>>,
        name: &str,
    ) {
        let constants: Vec<Value> = alternatives
            .iter()
            .flat_map(|one| match one["enum"].as_array() {
                Some(several) => several.clone(),
                None => vec![one["const"].clone()],
            })
            .filter(Value::is_string)
            .collect();
        match value.get_ref() {
            DeValue::String(text) if !constants.is_empty() => {
                self.listed(Some(&constants), text, value, name)
            }
            DeValue::Table(table) => {
                let Some(tag) = alternatives.first().and_then(tag_of) else {
                    return;
                };
                let names: Vec<Value> = alternatives
                    .iter()
                    .map(|one| one["properties"][tag]["const"].clone())
                    .collect();
                let Some((_, present)) = table.iter().find(|(key, _)| key.get_ref() == tag) else {
                    return self.problem(
                        codes::MISSING_KEY,
                        value.span().start,
                        format!("the key `{tag}` is missing {}", inside(name)),
                        format!("add `{tag}`: one of {}", listing(&names)),
                    );
                };
                let chosen = present.get_ref().as_str().and_then(|text| {
                    alternatives
                        .iter()
                        .find(|one| one["properties"][tag]["const"] == text)
                });
                match (chosen, present.get_ref()) {
                    (Some(schema), _) => self.table(schema, table, value.span().start, name),
                    (None, DeValue::String(text)) => {
                        self.listed(Some(&names), text, present, &join(name, tag))
                    }
                    (None, other) => self.problem(
                        codes::WRONG_TYPE,
                        present.span().start,
                        format!(
                            "`{}` is {}, but should be a string",
                            join(name, tag),
                            described(other)
                        ),
                        format!("write one of {}", listing(&names)),
                    ),
                }
            }
            other => {
                let wanted = if constants.is_empty() {
                    "a table"
                } else {
                    "a string"
                };
                self.problem(
                    codes::WRONG_TYPE,
                    value.span().start,
                    format!("`{name}` is {}, but should be {wanted}", described(other)),
                    format!("write {wanted} here"),
                );
            }
        }
    }

    fn listed(
        &mut self,
        allowed: Option<&Vec<Value>>,
        text: &str,
        value: &Spanned<DeValue<'_>>,
        name: &str,
    ) {
        if let Some(allowed) = allowed
            && !allowed.iter().any(|one| one == text)
        {
            self.problem(
                codes::WRONG_VALUE,
                value.span().start,
                format!("`{name}` cannot be `{text}`"),
                format!("write one of {}", listing(allowed)),
            );
        }
    }

    fn range(&mut self, schema: &Value, number: &str, value: &Spanned<DeValue<'_>>, name: &str) {
        let Ok(number) = number.replace('_', "").parse::<i128>() else {
            return;
        };
        let (low, high) = (schema["minimum"].as_i64(), schema["maximum"].as_i64());
        if low.is_some_and(|low| number < low.into())
            || high.is_some_and(|high| number > high.into())
        {
            let remedy = match (low, high) {
                (Some(low), Some(high)) => format!("write a number from {low} to {high}"),
                (Some(low), None) => format!("write a number of at least {low}"),
                _ => "write a smaller number".to_owned(),
            };
            self.problem(
                codes::OUT_OF_RANGE,
                value.span().start,
                format!("`{name}` cannot be {number}"),
                remedy,
            );
        }
    }

    fn problem(&mut self, code: &'static str, offset: usize, message: String, remedy: String) {
        let place = self.document.place_at(offset);
        self.problems
            .push(Problem::error(code, place, message, remedy));
    }
}

fn tag_of(alternative: &Value) -> Option<&str> {
    alternative["properties"]
        .as_object()?
        .iter()
        .find(|(_, property)| property["const"].is_string())
        .map(|(name, _)| name.as_str())
}

/// What type the schema wants, if the value is of another.
fn wrong_type(schema: &Value, value: &DeValue<'_>) -> Option<&'static str> {
    let wanted: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return None,
    };
    let has = match value {
        DeValue::String(_) | DeValue::Datetime(_) => "string",
        DeValue::Integer(_) => "integer",
        DeValue::Float(_) => "number",
        DeValue::Boolean(_) => "boolean",
        DeValue::Array(_) => "array",
        DeValue::Table(_) => "object",
    };
    if wanted.contains(&has) {
        return None;
    }
    wanted
        .into_iter()
        .find(|one| *one != "null")
        .map(|one| match one {
            "string" => "a string",
            "integer" => "a whole number",
            "number" => "a number",
            "boolean" => "true or false",
            "array" => "a list",
            _ => "a table",
        })
}

fn described(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn join(name: &str, key: &str) -> String {
    if name.is_empty() {
        key.to_owned()
    } else {
        format!("{name}.{key}")
    }
}

fn inside(name: &str) -> String {
    if name.is_empty() {
        "at the top level".to_owned()
    } else {
        format!("in `{name}`")
    }
}

fn listing(values: &[Value]) -> String {
    values
        .iter()
        .filter_map(Value::as_str)
        .map(|one| format!("`{one}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Names the known key that is one or two slips of the pen away, else all of them.
fn suggestion(unknown: &str, known: &[&str]) -> String {
    let near = known.iter().map(|one| (slips(unknown, one), one)).min();
    match near {
        Some((distance, one)) if distance <= 2 && distance < one.len() => {
            format!("did you mean `{one}`?")
        }
        _ if known.is_empty() => "take it out; nothing is known here".to_owned(),
        _ => format!(
            "take it out or use one of {}",
            known
                .iter()
                .map(|one| format!("`{one}`"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}

/// The number of single-letter changes between two words.
fn slips(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
