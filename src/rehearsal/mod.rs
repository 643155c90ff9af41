//! Rehearsals: scripted candidates and teams played against the stand-in, through the doors that production uses.
