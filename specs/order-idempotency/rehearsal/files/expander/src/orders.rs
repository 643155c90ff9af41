//! Orders: what a shop asks for, what we keep, and where we keep it.

use std::collections::BTreeMap;

use crate::json::Json;
use crate::payments::ChargeId;

/// One line of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub sku: String,
    pub quantity: i64,
    pub price_minor: i64,
}

/// An order as a shop asks for it, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderDraft {
    pub currency: String,
    /// At least one.
    pub lines: Vec<Line>,
    /// The sum of all lines.
    pub total_minor: i64,
}

impl OrderDraft {
    /// Reads a draft from a request's JSON. Members that we do not know are ignored, so that shops can send their own.
    /// The error is a sentence for the shop's developer.
    pub fn from_json(json: &Json) -> Result<OrderDraft, String> {
        let currency = text(json, "currency")?;
        if currency.len() != 3 || !currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            return Err("`currency` must be three capital letters, such as EUR".to_owned());
        }
        let Some(Json::List(items)) = json.get("lines") else {
            return Err("`lines` must be a list".to_owned());
        };
        if items.is_empty() {
            return Err("`lines` must have at least one line".to_owned());
        }
        let lines = items.iter().map(line).collect::<Result<Vec<_>, _>>()?;
        let total_minor = total(&lines).ok_or("the total of `lines` is too large")?;
        Ok(OrderDraft {
            currency,
            lines,
            total_minor,
        })
    }
}

/// The sum of all lines in minor units; `None` if it is too large to be held.
fn total(lines: &[Line]) -> Option<i64> {
    lines.iter().try_fold(0_i64, |sum, line| {
        sum.checked_add(line.quantity.checked_mul(line.price_minor)?)
    })
}

fn line(json: &Json) -> Result<Line, String> {
    let line = Line {
        sku: text(json, "sku")?,
        quantity: number(json, "quantity")?,
        price_minor: number(json, "price_minor")?,
    };
    if line.quantity < 1 {
        return Err("`quantity` must be at least 1".to_owned());
    }
    if line.price_minor < 0 {
        return Err("`price_minor` must not be negative".to_owned());
    }
    Ok(line)
}

fn text(json: &Json, member: &str) -> Result<String, String> {
    match json.get(member) {
        Some(Json::Text(text)) if !text.is_empty() => Ok(text.clone()),
        _ => Err(format!("`{member}` must be a text that is not empty")),
    }
}

fn number(json: &Json, member: &str) -> Result<i64, String> {
    match json.get(member) {
        Some(Json::Number(number)) => Ok(*number),
        _ => Err(format!("`{member}` must be a whole number")),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Placed,
    Cancelled,
}

impl Status {
    fn as_str(self) -> &'static str {
        match self {
            Status::Placed => "placed",
            Status::Cancelled => "cancelled",
        }
    }
}

/// An order that was paid for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    pub id: String,
    pub merchant: String,
    /// What the shop sent as `Idempotency-Key`.
    pub key: Option<String>,
    pub draft: OrderDraft,
    pub charge: ChargeId,
    pub status: Status,
    /// Unix seconds.
    pub created_at: u64,
}

impl Order {
    pub fn to_json(&self) -> Json {
        let lines = self.draft.lines.iter().map(|line| {
            Json::object([
                ("sku", Json::text(&line.sku)),
                ("quantity", Json::Number(line.quantity)),
                ("price_minor", Json::Number(line.price_minor)),
            ])
        });
        let key = match &self.key {
            Some(key) => Json::text(key),
            None => Json::Null,
        };
        Json::object([
            ("id", Json::text(&self.id)),
            ("currency", Json::text(&self.draft.currency)),
            ("lines", Json::List(lines.collect())),
            ("total_minor", Json::Number(self.draft.total_minor)),
            ("charge", Json::text(&self.charge.0)),
            ("status", Json::text(self.status.as_str())),
            ("idempotency_key", key),
            (
                "created_at",
                Json::Number(i64::try_from(self.created_at).unwrap_or(i64::MAX)),
            ),
        ])
    }
}

/// All orders, in memory. The database comes with the next milestone.
#[derive(Debug, Default)]
pub struct OrderStore {
    orders: BTreeMap<String, Order>,
    last_number: u64,
}

impl OrderStore {
    /// An id that was not handed out before.
    pub fn next_id(&mut self) -> String {
        self.last_number += 1;
        format!("ord_{:06}", self.last_number)
    }

    pub fn insert(&mut self, order: Order) {
        self.orders.insert(order.id.clone(), order);
    }

    /// An order of this merchant; another merchant's order is not found.
    pub fn find(&self, merchant: &str, id: &str) -> Option<&Order> {
        self.orders
            .get(id)
            .filter(|order| order.merchant == merchant)
    }

    pub fn find_mut(&mut self, merchant: &str, id: &str) -> Option<&mut Order> {
        self.orders
            .get_mut(id)
            .filter(|order| order.merchant == merchant)
    }

    /// The merchant's orders, oldest first.
    pub fn of_merchant<'a>(&'a self, merchant: &'a str) -> impl Iterator<Item = &'a Order> {
        self.orders
            .values()
            .filter(move |order| order.merchant == merchant)
    }
}
