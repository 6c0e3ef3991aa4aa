//! An answer on its way to who asked.

use bytes::Bytes;

use super::AskError;
use super::meter::Meter;
use super::permits::Permit;
use crate::model::Timestamp;
use crate::outbound::Incoming;
use crate::providers::rest::{Answer, Head, Refusal};

/// An answer that is what was asked for, and its body while it arrives. The token counts as in use
/// until this is dropped; whoever has enough of it just stops reading.
#[derive(Debug)]
pub struct Stream {
    head: Head,
    at: Timestamp,
    incoming: Incoming,
    meter: Meter,
    _permit: Permit,
}

impl Stream {
    pub(super) fn new(
        head: Head,
        at: Timestamp,
        incoming: Incoming,
        meter: Meter,
        permit: Permit,
    ) -> Self {
        Self { head, at, incoming, meter, _permit: permit }
    }

    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// When it was true, as [`Answer::at`].
    #[must_use]
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Bytes of the whole body, where they are told.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.incoming.length
    }

    /// The next piece; `None` at the end. A body that ends too early is an error.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, AskError> {
        match self.incoming.chunk().await {
            Ok(piece) => Ok(piece),
            Err(error) => {
                let error = AskError::from(error);
                self.meter.failed(&error);
                Err(error)
            }
        }
    }

    /// All of it, if it is no longer than that.
    pub async fn whole(mut self, bytes_max: u64) -> Result<Answer, AskError> {
        let too_large = || AskError::Refused(Refusal::TooLarge { bytes_max });
        if self.length().is_some_and(|length| length > bytes_max) {
            self.meter.failed(&too_large());
            return Err(too_large());
        }
        let mut body = Vec::new();
        while let Some(piece) = self.chunk().await? {
            body.extend_from_slice(&piece);
            if body.len() as u64 > bytes_max {
                self.meter.failed(&too_large());
                return Err(too_large());
            }
        }
        Ok(Answer { head: self.head, body, at: self.at })
    }
}
