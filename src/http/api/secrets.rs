//! The secrets key, which nothing here ever shows.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::error::Problem;
use crate::hub::Hub;
use crate::model::By;
use crate::rotation::{RotateError, rotate};

use super::query::Asked;

/// What a rotation came to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SecretsRotated)]
pub struct Rotated {
    /// Secrets that were sealed anew.
    pub secrets: u64,
    /// Where the server keeps the old key: backups from before need it.
    pub old_key: String,
}

impl From<RotateError> for Problem {
    fn from(error: RotateError) -> Self {
        match error {
            RotateError::Secrets(error) => Self::internal(&error),
            RotateError::Store(error) => Self::internal(&error),
            RotateError::Journal(error) => error.into(),
        }
    }
}

/// Make a new secrets key and seal everything with it. Cut short, it is gone on with by the same call.
#[utoipa::path(
    post, path = "/api/v1/secrets/rotate", operation_id = "rotateSecrets", tag = "access",
    responses((status = 200, description = "Done", body = Rotated))
)]
pub async fn rotate_key(
    State(hub): State<Hub>,
    by: By,
    asked: Asked,
) -> Result<Json<Rotated>, Problem> {
    asked.done()?;
    let done = rotate(&hub, by).await?;
    hub.bell().ring(done.commit, Vec::new());
    let old_key = done.old_key.display().to_string();
    Ok(Json(Rotated { secrets: done.secrets, old_key }))
}
