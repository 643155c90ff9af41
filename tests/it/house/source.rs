//! Reads Rust source as far as the house test needs it: tokens without comments and literals, the module each stands in,
//! whether it is test code, and every path that is used, with `use` groups, renames, `self` and `super` resolved.

use std::collections::BTreeMap;

/// A file below `src/` or `tests/it/`, such as `spec/model.rs`, and its text.
pub struct Source {
    pub path: String,
    pub text: String,
}

impl Source {
    /// The module that the file is: `a/b.rs` and `a/b/mod.rs` are `a::b`, `lib.rs` is the root.
    pub fn module(&self) -> Vec<String> {
        let stem = self.path.trim_end_matches(".rs");
        if stem == "lib" {
            return Vec::new();
        }
        stem.trim_end_matches("/mod")
            .split('/')
            .map(str::to_owned)
            .collect()
    }
}

/// What a file turned out to hold.
pub struct Reading {
    pub uses: Vec<PathUse>,
    /// Lines with an `async` or `.await`.
    pub asynchronous: Vec<u32>,
    /// Modules that it declares with `mod x;`, in order, without those for tests alone.
    pub children: Vec<String>,
    /// Modules that it declares for tests alone.
    pub test_children: Vec<String>,
    /// Names that its own `use` lines bind, with the full path of each.
    pub bindings: BTreeMap<String, Vec<String>>,
    /// Lines with an attribute that puts a module elsewhere than its name says.
    pub misplaced: Vec<u32>,
}

/// One path, as the compiler would take it: it begins with `crate`, or with the name of a crate, type or local.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathUse {
    pub line: u32,
    pub segments: Vec<String>,
    /// It stands in code that is compiled for tests alone.
    pub in_test: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Word(String),
    Symbol(char),
    /// `::`
    Step,
}

struct Placed {
    token: Token,
    line: u32,
}

pub fn read(source: &Source) -> Reading {
    let mut reader = Reader {
        tokens: tokens(&source.text),
        at: 0,
        file: source.module(),
        inner: Vec::new(),
        depth: 0,
        test_depth: None,
        awaits_test_item: false,
        reading: Reading {
            uses: Vec::new(),
            asynchronous: Vec::new(),
            children: Vec::new(),
            test_children: Vec::new(),
            bindings: BTreeMap::new(),
            misplaced: Vec::new(),
        },
    };
    if source.path == "main.rs" {
        // The binary sees the library from outside: `worksample::cli` is `crate::cli` to the rest.
        reader.file.clear();
    }
    reader.all();
    let mut reading = reader.reading;
    resolve_renames(&mut reading);
    reading
}

struct Reader {
    tokens: Vec<Placed>,
    at: usize,
    /// The file's module, and the inline modules open at this token with the depth of their braces.
    file: Vec<String>,
    inner: Vec<(String, usize)>,
    depth: usize,
    /// The depth at which test-only code began.
    test_depth: Option<usize>,
    /// `#[cfg(test)]` was read, and its item has not begun.
    awaits_test_item: bool,
    reading: Reading,
}

impl Reader {
    fn all(&mut self) {
        while self.at < self.tokens.len() {
            match self.token(0) {
                Some(Token::Symbol('#')) => self.attribute(),
                Some(Token::Symbol('{')) => self.open(),
                Some(Token::Symbol('}')) => self.close(),
                Some(Token::Symbol(';')) => self.end_of_item(),
                Some(Token::Word(word)) => {
                    let word = word.clone();
                    self.word(&word);
                }
                Some(Token::Step) => self.path(),
                Some(Token::Symbol(_)) | None => self.at += 1,
            }
        }
    }

    fn token(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at + ahead).map(|placed| &placed.token)
    }

    fn line(&self) -> u32 {
        self.tokens.get(self.at).map_or(0, |placed| placed.line)
    }

    fn is_word(&self, ahead: usize, word: &str) -> bool {
        matches!(self.token(ahead), Some(Token::Word(found)) if found == word)
    }

    fn is_symbol(&self, ahead: usize, symbol: char) -> bool {
        self.token(ahead) == Some(&Token::Symbol(symbol))
    }

    fn in_test(&self) -> bool {
        self.test_depth.is_some() || self.awaits_test_item
    }

    fn attribute(&mut self) {
        let mut ahead = 1;
        if self.is_symbol(ahead, '!') {
            ahead += 1;
        }
        if !self.is_symbol(ahead, '[') {
            self.at += 1;
            return;
        }
        if self.is_word(ahead + 1, "cfg")
            && self.is_symbol(ahead + 2, '(')
            && self.is_word(ahead + 3, "test")
        {
            self.awaits_test_item = true;
        }
        if self.is_word(ahead + 1, "path") && self.is_symbol(ahead + 2, '=') {
            let line = self.line();
            self.reading.misplaced.push(line);
        }
        // The rest is read like code: `#[actix_web::get]` and `#[derive(clap::Parser)]` name crates too.
        self.at += ahead + 1;
    }

    fn open(&mut self) {
        self.depth += 1;
        if self.awaits_test_item {
            self.awaits_test_item = false;
            self.test_depth.get_or_insert(self.depth);
        }
        self.at += 1;
    }

    fn close(&mut self) {
        if self.test_depth == Some(self.depth) {
            self.test_depth = None;
        }
        if self
            .inner
            .last()
            .is_some_and(|(_, depth)| *depth == self.depth)
        {
            self.inner.pop();
        }
        self.depth = self.depth.saturating_sub(1);
        self.at += 1;
    }

    fn end_of_item(&mut self) {
        self.awaits_test_item = false;
        self.at += 1;
    }

    fn word(&mut self, word: &str) {
        match word {
            "async" => {
                let line = self.line();
                self.reading.asynchronous.push(line);
                self.at += 1;
            }
            "use" => self.use_line(),
            "mod" => self.module(),
            _ => self.path(),
        }
    }

    fn module(&mut self) {
        let Some(Token::Word(name)) = self.token(1).cloned() else {
            self.at += 1;
            return;
        };
        if self.is_symbol(2, '{') {
            self.inner.push((name, self.depth + 1));
        } else if self.inner.is_empty() {
            let children = if self.in_test() {
                &mut self.reading.test_children
            } else {
                &mut self.reading.children
            };
            children.push(name);
        }
        self.at += 2;
    }

    fn use_line(&mut self) {
        self.at += 1;
        let mut found = Vec::new();
        self.use_tree(&mut Vec::new(), &mut found);
        for (segments, name, line) in found {
            let path = self.absolute(segments);
            if self.inner.is_empty() && !self.in_test() {
                let bound = name.or_else(|| path.last().cloned());
                if let Some(bound) = bound.filter(|bound| bound != "_" && bound != "*") {
                    self.reading.bindings.insert(bound, path.clone());
                }
            }
            self.keep(path, line);
        }
    }

    /// One tree of a `use`: everything up to the next `,`, `}` or `;` at its level.
    fn use_tree(
        &mut self,
        before: &mut Vec<String>,
        found: &mut Vec<(Vec<String>, Option<String>, u32)>,
    ) {
        let length = before.len();
        let mut line = self.line();
        let mut name = None;
        let mut group = false;
        loop {
            match self.token(0).cloned() {
                Some(Token::Word(word)) if word == "as" => {
                    if let Some(Token::Word(renamed)) = self.token(1).cloned() {
                        name = Some(renamed);
                    }
                    self.at += 2;
                }
                Some(Token::Word(word)) => {
                    line = self.line();
                    before.push(word);
                    self.at += 1;
                }
                Some(Token::Symbol('*')) => {
                    before.push("*".to_owned());
                    self.at += 1;
                }
                Some(Token::Step) => self.at += 1,
                Some(Token::Symbol('{')) => {
                    group = true;
                    self.at += 1;
                    while !self.is_symbol(0, '}') && self.at < self.tokens.len() {
                        self.use_tree(before, found);
                        if self.is_symbol(0, ',') {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                }
                _ => break,
            }
        }
        if !group && before.len() > length {
            let mut path = before.clone();
            // `a::{self, b}` names `a` itself.
            if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
                path.pop();
            }
            found.push((path, name, line));
        }
        before.truncate(length);
    }

    /// A path in the middle of code: words joined by `::`.
    fn path(&mut self) {
        let line = self.line();
        let after_dot = self.at > 0 && self.tokens[self.at - 1].token == Token::Symbol('.');
        let mut segments = Vec::new();
        if self.token(0) == Some(&Token::Step) {
            self.at += 1;
        }
        while let Some(Token::Word(word)) = self.token(0).cloned() {
            segments.push(word);
            self.at += 1;
            if self.token(0) != Some(&Token::Step) {
                break;
            }
            self.at += 1;
        }
        if after_dot {
            if segments.first().is_some_and(|word| word == "await") {
                self.reading.asynchronous.push(line);
            }
            return;
        }
        if segments.len() > 1 {
            let path = self.absolute(segments);
            self.keep(path, line);
        }
    }

    /// With `self` and `super` at its beginning replaced by where they lead.
    fn absolute(&self, segments: Vec<String>) -> Vec<String> {
        let relative = segments
            .iter()
            .take_while(|segment| *segment == "self" || *segment == "super")
            .count();
        if relative == 0 {
            let mut path = segments;
            if path.first().is_some_and(|first| first == "worksample") {
                path[0] = "crate".to_owned();
            }
            return path;
        }
        let ups = segments[..relative]
            .iter()
            .filter(|segment| *segment == "super")
            .count();
        let mut module: Vec<String> = self
            .file
            .iter()
            .chain(self.inner.iter().map(|(name, _)| name))
            .cloned()
            .collect();
        module.truncate(module.len().saturating_sub(ups));
        std::iter::once("crate".to_owned())
            .chain(module)
            .chain(segments.into_iter().skip(relative))
            .collect()
    }

    fn keep(&mut self, segments: Vec<String>, line: u32) {
        let in_test = self.in_test();
        self.reading.uses.push(PathUse {
            line,
            segments,
            in_test,
        });
    }
}

/// Replaces a first segment that a `use` line of the same file binds by what it stands for, so that neither
/// `use chrono::Utc as U; U::now()` nor `use crate::store; store::open()` hides anything.
fn resolve_renames(reading: &mut Reading) {
    let children: Vec<&String> = reading.children.iter().collect();
    for path_use in &mut reading.uses {
        let Some(first) = path_use.segments.first() else {
            continue;
        };
        if children.contains(&first) {
            continue;
        }
        if let Some(full) = reading
            .bindings
            .get(first)
            .filter(|full| full.first() != Some(first) || full.len() > 1)
        {
            path_use.segments = full
                .iter()
                .cloned()
                .chain(path_use.segments.iter().skip(1).cloned())
                .collect();
        }
    }
}

/// The tokens of a source; comments are left out, literals are one `'"'` symbol each.
fn tokens(text: &str) -> Vec<Placed> {
    let mut lexer = Lexer {
        chars: text.chars().collect(),
        at: 0,
        line: 1,
        found: Vec::new(),
    };
    lexer.all();
    lexer.found
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    line: u32,
    found: Vec<Placed>,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> char {
        self.chars.get(self.at + ahead).copied().unwrap_or('\0')
    }

    fn advance(&mut self) {
        if self.peek(0) == '\n' {
            self.line += 1;
        }
        self.at += 1;
    }

    fn push(&mut self, token: Token) {
        self.found.push(Placed {
            token,
            line: self.line,
        });
    }

    fn all(&mut self) {
        while self.at < self.chars.len() {
            match (self.peek(0), self.peek(1)) {
                ('/', '/') => self.skip_line(),
                ('/', '*') => self.skip_block(),
                ('"', _) => self.text(),
                ('\'', _) => self.quote(),
                (':', ':') => {
                    self.push(Token::Step);
                    self.at += 2;
                }
                (one, _) if one.is_alphanumeric() || one == '_' => self.word(),
                (one, _) => {
                    if !one.is_whitespace() {
                        self.push(Token::Symbol(one));
                    }
                    self.advance();
                }
            }
        }
    }

    fn skip_line(&mut self) {
        while self.at < self.chars.len() && self.peek(0) != '\n' {
            self.at += 1;
        }
    }

    fn skip_block(&mut self) {
        let mut depth = 0_usize;
        while self.at < self.chars.len() {
            match (self.peek(0), self.peek(1)) {
                ('/', '*') => {
                    depth += 1;
                    self.at += 2;
                }
                ('*', '/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.advance(),
            }
        }
    }

    fn text(&mut self) {
        self.push(Token::Symbol('"'));
        self.advance();
        while self.at < self.chars.len() && self.peek(0) != '"' {
            if self.peek(0) == '\\' {
                self.advance();
            }
            self.advance();
        }
        self.advance();
    }

    /// A raw text: from its first `#` or quote to the quote with as many `#`.
    fn raw_text(&mut self) {
        self.push(Token::Symbol('"'));
        let mut hashes = 0;
        while self.peek(0) == '#' {
            hashes += 1;
            self.at += 1;
        }
        self.advance();
        while self.at < self.chars.len() {
            let closes = self.peek(0) == '"' && (1..=hashes).all(|ahead| self.peek(ahead) == '#');
            self.advance();
            if closes {
                self.at += hashes;
                return;
            }
        }
    }

    /// A character, or a lifetime, which is left out.
    fn quote(&mut self) {
        let is_char = self.peek(1) == '\\' || self.peek(2) == '\'';
        self.advance();
        if is_char {
            self.push(Token::Symbol('"'));
            while self.at < self.chars.len() && self.peek(0) != '\'' {
                if self.peek(0) == '\\' {
                    self.advance();
                }
                self.advance();
            }
            self.advance();
        } else {
            while self.peek(0).is_alphanumeric() || self.peek(0) == '_' {
                self.at += 1;
            }
        }
    }

    fn word(&mut self) {
        let start = self.at;
        while self.peek(0).is_alphanumeric() || self.peek(0) == '_' {
            self.at += 1;
        }
        let word: String = self.chars[start..self.at].iter().collect();
        match (word.as_str(), self.peek(0), self.peek(1)) {
            ("r" | "br" | "cr", '"', _) | ("r" | "br" | "cr", '#', '"' | '#') => self.raw_text(),
            ("b" | "c", '"', _) => self.text(),
            ("b", '\'', _) => self.quote(),
            // `r#type` is the word `type`.
            ("r", '#', _) => self.at += 1,
            _ => self.push(Token::Word(word)),
        }
    }
}
