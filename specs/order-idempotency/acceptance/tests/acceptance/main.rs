//! The acceptance suite: one module a criterion, `probes` for what the brief leaves open. Everything goes through the
//! names that the brief pins down.

mod ac01;
mod ac02;
mod ac03;
mod ac04;
mod ac05;
mod ac06;
mod ac07;
mod ac08;
mod ac09;
mod ac10;
mod junit;
mod probes;
mod support;
