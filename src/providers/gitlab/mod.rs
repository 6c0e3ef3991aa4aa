//! GitLab: pipeline and job events of its webhooks. A build is a pipeline, its jobs are steps in
//! their stages. The words for source, pipeline and build are those of `creel report` and of clients of
//! `BuildButler`, so that all meet in one build.

pub mod decode;
pub mod hook;
mod jobs;
mod words;

#[cfg(test)]
mod tests;
