//! Money in integer minor units (cents), never in floating point: a pay that is off by a cent is a broken promise.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Currencies a spec can be paid in. The list is closed because the number of minor digits has to be known for each.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
pub enum Currency {
    EUR,
    USD,
    GBP,
    CHF,
    CAD,
    AUD,
    SEK,
    NOK,
    DKK,
    PLN,
    INR,
    JPY,
}

impl Currency {
    /// Digits after the decimal point, as ISO 4217 has them.
    pub fn minor_digits(self) -> u32 {
        match self {
            Currency::JPY => 0,
            _ => 2,
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl FromStr for Currency {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        serde_json::from_value(serde_json::Value::String(text.to_owned()))
            .map_err(|_| format!("`{text}` is not a currency code that worksample knows"))
    }
}

/// An amount of money: minor units of one currency.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// The amount in minor units (cents for EUR); never negative in terms.
    pub amount_minor: i64,
    pub currency: Currency,
}

impl Money {
    pub fn new(amount_minor: i64, currency: Currency) -> Self {
        Money {
            amount_minor,
            currency,
        }
    }

    /// The share of this amount, rounded up to a whole minor unit: a rounding never costs the candidate anything.
    pub fn percent(self, percent: Percent) -> Money {
        let scaled = i128::from(self.amount_minor) * i128::from(percent.get());
        let up = (scaled + 99).div_euclid(100);
        Money {
            amount_minor: i64::try_from(up).unwrap_or(i64::MAX),
            currency: self.currency,
        }
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.minor_digits();
        let unit = 10_i64.pow(digits);
        let (whole, rest) = (self.amount_minor / unit, (self.amount_minor % unit).abs());
        let sign = if self.amount_minor < 0 && whole == 0 {
            "-"
        } else {
            ""
        };
        if digits == 0 {
            write!(f, "{sign}{whole} {}", self.currency)
        } else {
            write!(
                f,
                "{sign}{whole}.{rest:0width$} {}",
                self.currency,
                width = digits as usize
            )
        }
    }
}

/// A whole percentage from 0 to 100.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, utoipa::ToSchema,
)]
#[serde(try_from = "u8", into = "u8")]
#[schemars(extend("minimum" = 0, "maximum" = 100))]
pub struct Percent(u8);

impl Percent {
    pub const ZERO: Percent = Percent(0);
    pub const HUNDRED: Percent = Percent(100);

    pub fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Percent {
    type Error = String;
    fn try_from(value: u8) -> Result<Self, Self::Error> {
        if value <= 100 {
            Ok(Percent(value))
        } else {
            Err(format!(
                "a percentage lies between 0 and 100, this one is {value}"
            ))
        }
    }
}

impl From<Percent> for u8 {
    fn from(value: Percent) -> u8 {
        value.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_written_with_the_digits_of_their_currency() {
        assert_eq!(Money::new(42_050, Currency::EUR).to_string(), "420.50 EUR");
        assert_eq!(Money::new(5, Currency::USD).to_string(), "0.05 USD");
        assert_eq!(Money::new(9_000, Currency::JPY).to_string(), "9000 JPY");
    }

    proptest! {
        #[test]
        fn a_share_never_exceeds_the_whole_and_never_rounds_against_the_candidate(amount in 0_i64..10_000_000, percent in 0_u8..=100) {
            let share = Money::new(amount, Currency::EUR).percent(Percent::try_from(percent).unwrap());
            prop_assert!(share.amount_minor <= amount);
            prop_assert!(i128::from(share.amount_minor) * 100 >= i128::from(amount) * i128::from(percent));
        }
    }
}
