//! What an offer says beside the task: who pays and how, and within what time the team answers. A spec may say it, or the
//! service's settings say it for all specs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who pays, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Payer {
    /// The legal name of the company or person that pays.
    pub name: String,
    /// Its postal address; one line for each part.
    pub address: String,
    /// Who signs for it: a person's name and position.
    pub signed_by: String,
    /// An e-mail address for questions about the offer and the pay.
    pub contact: String,
    /// How the pay is sent, such as `bank transfer`.
    pub method: String,
    /// What an invoice has to hold, or that none is needed.
    pub invoice: String,
    /// How value-added tax is handled.
    pub vat: String,
    /// Who bears the fees of the transfer.
    pub fees: String,
    /// What the invoice and the payment name as their reference.
    pub reference: String,
}

impl Payer {
    /// Each key with its text, in the order in which a candidate reads them.
    pub fn texts(&self) -> [(&'static str, &str); 9] {
        [
            ("name", &self.name),
            ("address", &self.address),
            ("signed_by", &self.signed_by),
            ("contact", &self.contact),
            ("method", &self.method),
            ("invoice", &self.invoice),
            ("vat", &self.vat),
            ("fees", &self.fees),
            ("reference", &self.reference),
        ]
    }
}

/// Within what time the team answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// Hours within which the team answers a question, 1 to 336. Only hours count in which somebody of the team is there to
    /// answer.
    pub within_hours: u32,
}

/// What offers say where their spec does not: a TOML file that the settings name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OfferDefaults {
    pub payer: Option<Payer>,
    pub answers: Option<Answers>,
}

/// The longest promise, in hours: two weeks.
pub const MOST_ANSWER_HOURS: u32 = 14 * 24;

impl OfferDefaults {
    /// Reads such a file.
    ///
    /// # Errors
    /// A sentence that says what is wrong and where.
    pub fn parse(text: &str) -> Result<OfferDefaults, String> {
        let defaults: OfferDefaults =
            toml::from_str(text).map_err(|error| error.to_string().trim().to_owned())?;
        if let Some(payer) = &defaults.payer
            && let Some((key, _)) = payer
                .texts()
                .into_iter()
                .find(|(_, text)| text.trim().is_empty())
        {
            return Err(format!("`payer.{key}` is blank; write it in a sentence"));
        }
        match defaults.answers {
            Some(Answers { within_hours }) if !(1..=MOST_ANSWER_HOURS).contains(&within_hours) => {
                Err(format!(
                    "`answers.within_hours` is {within_hours}; write a number from 1 to {MOST_ANSWER_HOURS}"
                ))
            }
            _ => Ok(defaults),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAYER: &str = r#"
        [payer]
        name = "Acme GmbH"
        address = "Street 1\n10115 Berlin\nGermany"
        signed_by = "Lea Lang, head of engineering"
        contact = "pay@acme.example"
        method = "bank transfer"
        invoice = "your name, address and tax number"
        vat = "reverse charge within the EU"
        fees = "we bear them"
        reference = "the number of the work sample"
    "#;

    #[test]
    fn offer_defaults_are_read_strictly() {
        let read = OfferDefaults::parse(&format!("{PAYER}\n[answers]\nwithin_hours = 24")).unwrap();
        assert_eq!(read.payer.unwrap().name, "Acme GmbH");
        assert_eq!(read.answers, Some(Answers { within_hours: 24 }));
        assert_eq!(OfferDefaults::parse("").unwrap(), OfferDefaults::default());

        for (text, words) in [
            (
                PAYER.replace("bank transfer", "  "),
                "`payer.method` is blank",
            ),
            (PAYER.replace("vat", "vta"), "unknown field `vta`"),
            ("[answers]\nwithin_hours = 0".to_owned(), "from 1 to 336"),
            ("[payer]\nname = \"x\"".to_owned(), "missing field"),
        ] {
            let error = OfferDefaults::parse(&text).unwrap_err();
            assert!(error.contains(words), "{error}");
        }
    }
}
