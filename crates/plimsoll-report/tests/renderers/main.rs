//! Tests of the renderers from outside: what people and programs get for one and the same report.

mod human;
mod random;
mod sample;
mod wire;
