pub mod decode;
pub mod hook;
