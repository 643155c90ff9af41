//! What a candidate reads: the offer, their own work, and their own report. Pure.
//!
//! These are types of their own, filled field by field from what a candidate may know. They are not the team's views with
//! parts left out: a field that is added for reviewers cannot reach a candidate by itself. Pages, the API, mails and the
//! export are made of these types.

mod conversation;
mod deliveries;
mod next;
mod offer;
mod report;
mod text;
mod work;

pub use conversation::{Misread, OwnText, OwnTextKind, OwnTextState, Reply};
pub use deliveries::{Head, LeftOut, OpenDelivery, OwnDelivery, heads};
pub use next::{NextStep, Step};
pub use offer::{Clause, Criterion, JudgedBy, Offer, OfferPay};
pub use report::{CriterionResult, OwnPush, OwnReport};
pub use text::{accepted_text, offer_text};
pub use work::{Ended, Extension, Invitation, InvitationTrouble, Outcome, OwnPay, Payout, Work};
