//! A letter: what a mail says, as blocks that text and HTML are rendered from.

use serde::{Deserialize, Serialize};

use super::DueDate;

/// What a mail says. Kept with its message, so that it can be rendered again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Letter {
    pub subject: String,
    pub blocks: Vec<Block>,
    /// Brings the due time as a calendar file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<DueDate>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Block {
    Heading {
        text: String,
    },
    Paragraph {
        text: String,
    },
    /// Somebody's own words.
    Quote {
        by: String,
        text: String,
    },
    Facts {
        facts: Vec<Fact>,
    },
    Button {
        label: String,
        link: Link,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    pub name: String,
    pub value: String,
}

/// Where a button leads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Link {
    /// The candidate's own page, by a link with a token. The token is not in the letter.
    Personal,
    /// An address of the service.
    Page { path: String },
    /// An address elsewhere.
    Url { url: String },
}

impl Letter {
    /// Does it need a personal link?
    pub fn is_personal(&self) -> bool {
        self.blocks.iter().any(|block| {
            matches!(
                block,
                Block::Button {
                    link: Link::Personal,
                    ..
                }
            )
        })
    }
}
