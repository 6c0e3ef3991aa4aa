//! Tests of a build.

use axum::Json;
use axum::extract::{Path, State as Shared};
use axum::http::Uri;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::error::Problem;
use crate::http::mask;
use crate::http::view::{List, TestStatus, Time};
use crate::hub::Hub;
use crate::model;
use crate::store::sqlite::books::read::tests::{
    self as store, ResultFilter, ResultPlace, ResultRow, SetRow,
};
use crate::store::sqlite::books::tests::waiting_filings;

use super::builds::{Tests, find};
use super::query::{Asked, Place};
use super::read_books;

/// One run of one test.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestResult {
    /// Unique within its build.
    pub id: String,
    /// The test, whatever build it ran in.
    #[schema(value_type = Uuid)]
    pub case_id: String,
    #[schema(required)]
    pub suite: Option<String>,
    #[schema(required)]
    pub class: Option<String>,
    pub name: String,
    /// An axis of a matrix.
    #[schema(required)]
    pub variant: Option<String>,
    pub status: TestStatus,
    #[schema(required)]
    pub duration_ms: Option<f64>,
    #[schema(required)]
    pub message: Option<String>,
    #[schema(required)]
    pub stack: Option<String>,
    /// Of its job.
    pub attempt: i64,
    #[schema(required)]
    pub agent: Option<String>,
    #[schema(required)]
    pub job: Option<String>,
    /// It passed only when its runner tried it again.
    pub is_retried: bool,
}

/// Results that came together.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestSet {
    pub id: String,
    /// `report`, `ingest`, `collector`, `api`, `artifact`: who told of them.
    pub origin: &'static str,
    #[schema(required)]
    pub name: Option<String>,
    #[schema(required)]
    pub job: Option<String>,
    pub attempt: i64,
    #[schema(required)]
    pub variant: Option<String>,
    #[schema(required)]
    pub agent: Option<String>,
    pub at: Time,
    /// Whether they are part of the build's totals: of several who tell of one build, one counts, and
    /// of a job that was tried again, the last try.
    pub is_counted: bool,
    #[serde(flatten)]
    pub totals: Tests,
    /// Of the passed: only when they were tried again.
    pub retried: i64,
    #[schema(required)]
    pub duration_ms: Option<f64>,
    /// The files they came in.
    #[schema(value_type = Vec<serde_json::Value>)]
    pub files: Box<RawValue>,
}

/// The sets of a build.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestSets {
    pub items: Vec<TestSet>,
    /// Reports that are stored and not yet filed.
    pub waiting: i64,
}

impl Place for ResultPlace {
    fn numbers(&self) -> Vec<i64> {
        vec![self.status, self.case, self.set, self.nth]
    }

    fn of(numbers: &[i64]) -> Option<Self> {
        let [status, case, set, nth] = numbers else { return None };
        Some(Self { status: *status, case: *case, set: *set, nth: *nth })
    }
}
