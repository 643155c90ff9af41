//! GitHub: the only room that knows octocrab. Named calls for what the service needs, with errors that say whether trying
//! again can help.
