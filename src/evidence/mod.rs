//! Evidence: one analyser a dimension, each turning a work sample into findings that link the events they rest on. Pure.
//! A finding is a statement of fact; there is no score, no ranking and no verdict on a person anywhere in here.
