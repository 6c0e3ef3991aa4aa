use crate::model::{Reading, Unreadable};
use crate::providers::HookRequest;

pub const VERSION: i64 = 1;

pub fn decode(_request: &HookRequest<'_>) -> Result<Reading, Unreadable> {
    Err(Unreadable { reason: String::new(), path: String::new() })
}
