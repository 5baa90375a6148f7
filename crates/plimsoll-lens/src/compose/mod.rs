//! The compose lens: from files to one merged model, and from the model to claims.

pub mod tree;
