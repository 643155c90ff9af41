//! What somebody typed into a form of a work sample's page, kept where the form is shown again.

use std::collections::BTreeMap;

use super::super::components::FieldErrors;

/// One form of the page that was sent back. The page has many, of which some occur once for each text or criterion.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    /// Which form: `decide`, or `reply:` with the key of what is replied to.
    form: String,
    values: BTreeMap<&'static str, String>,
    errors: FieldErrors,
}

impl Typed {
    pub(super) fn none() -> Typed {
        Typed::default()
    }

    pub(super) fn of(form: impl Into<String>) -> Typed {
        Typed {
            form: form.into(),
            ..Typed::default()
        }
    }

    pub(super) fn with(mut self, field: &'static str, value: impl Into<String>) -> Typed {
        self.values.insert(field, value.into());
        self
    }

    pub(super) fn refused(self, errors: FieldErrors) -> Typed {
        Typed { errors, ..self }
    }

    pub(super) fn failed(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Is this the form that was sent back?
    pub(super) fn is(&self, form: &str) -> bool {
        self.form == form
    }

    /// What was typed into a field of this form.
    pub(super) fn value(&self, form: &str, field: &str) -> &str {
        let value = self.values.get(field).filter(|_| self.is(form));
        value.map_or("", String::as_str)
    }

    /// Was this chosen in a field of this form?
    pub(super) fn chose(&self, form: &str, field: &str, value: &str) -> bool {
        self.value(form, field) == value
    }

    /// What is wrong with this form.
    pub(super) fn errors(&self, form: &str) -> FieldErrors {
        if self.is(form) {
            self.errors.clone()
        } else {
            FieldErrors::none()
        }
    }

    /// What is wrong with the form that was sent back, for the summary at the top.
    pub(super) fn all_errors(&self) -> FieldErrors {
        self.errors.clone()
    }
}
