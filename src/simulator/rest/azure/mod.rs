//! Azure DevOps below `/contoso`, and its hosts for releases (`/vsrm/contoso`) and test results
//! (`/vstmr/contoso`).

mod builds;
mod discovery;
mod entra;
mod lists;
mod logs;
mod plan;
mod pools;
mod releases;
mod results;
mod task;
mod timeline;
mod words;
mod work;

pub use builds::label;
pub use results::{Tested, tested};

use base64::Engine as _;
use serde_json::{Value, json};

use super::limits::{self, is_metered};
use super::{Answer, Ask, Rest, TOKEN, hold};
use crate::simulator::azure_devops::Project;
use crate::simulator::clock::Tick;
use crate::simulator::world::contoso;

pub use entra::answer as entra;
pub use timeline::truth;

/// Which of the organisation's hosts is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Host {
    Main,
    Releases,
    TestResults,
}

/// A request on its way through this room.
struct Call<'a> {
    rest: &'a Rest,
    ask: &'a Ask,
    now: Tick,
    host: Host,
}

impl Call<'_> {
    /// Base address of the organisation, as whoever asks sees it: `http://127.0.0.1:4100/contoso/`.
    fn base(&self) -> String {
        format!("{}/contoso/", self.ask.origin())
    }

    fn host_base(&self, host: Host) -> String {
        let origin = self.ask.origin();
        match host {
            Host::Main => format!("{origin}/contoso/"),
            Host::Releases => format!("{origin}/vsrm/contoso/"),
            Host::TestResults => format!("{origin}/vstmr/contoso/"),
        }
    }
}

pub fn answer(rest: &Rest, ask: &Ask, now: Tick) -> Answer {
    let parts = ask.path();
    let (host, path) = match parts.as_slice() {
        ["contoso", path @ ..] => (Host::Main, path),
        ["vsrm", "contoso", path @ ..] => (Host::Releases, path),
        ["vstmr", "contoso", path @ ..] => (Host::TestResults, path),
        _ => return Answer::html(404, "<!DOCTYPE html><title>404: nobody lives here</title>"),
    };
    let call = Call { rest, ask, now, host };
    if ask.method == "OPTIONS" {
        return discovery::locations(path);
    }
    if !is_known(ask, now) {
        rest.count(|tally| tally.unauthorized += 1);
        return refusal(&call, path);
    }
    let at = now.timestamp();
    let reading = is_metered(ask).then(|| hold(&rest.meters).azure(at));
    if let Some(reading) = reading.filter(|reading| reading.is_over()) {
        rest.count(|tally| tally.over_limit += 1);
        return limits::azure_headers(too_often(reading.reset_s), reading, at);
    }
    let answer = route(&call, path);
    match reading {
        Some(reading) => limits::azure_headers(answer, reading, at),
        None => answer,
    }
    .with("x-vss-e2eid", activity(now))
}

/// Each answer has an id that nobody looks at until something goes wrong.
fn activity(now: Tick) -> String {
    crate::simulator::dice::Dice::seeded(&[96, now.0.unsigned_abs()]).guid().text()
}

fn route(call: &Call<'_>, path: &[&str]) -> Answer {
    if call.ask.method != "GET" {
        return error(
            405,
            "The requested resource does not support this method.",
            "VssServiceException",
        );
    }
    match (call.host, path) {
        (_, ["_apis", "resourceareas", rest @ ..]) => discovery::areas(call, rest),
        (_, ["_apis", "connectiondata"]) => discovery::connection(call, true),
        (Host::Main, ["_apis", "projects", rest @ ..]) => lists::projects(call, rest),
        (Host::Main, ["_apis", "distributedtask", rest @ ..]) => pools::organisation(call, rest),
        (_, [wanted, "_apis", area, rest @ ..]) => {
            let Some((nth, project)) = project(wanted) else { return no_project(call, wanted) };
            match (call.host, *area) {
                (Host::Main, "build") => build(call, nth, rest),
                (Host::Main, "test") => results::route(call, nth, project, rest),
                (Host::Main, "distributedtask") => pools::project(call, nth, rest),
                (Host::Releases, "release") => releases::route(call, nth, project, rest),
                (Host::TestResults, "testresults") => results::report(call, nth, project, rest),
                _ => nowhere(call),
            }
        }
        _ => nowhere(call),
    }
}

fn build(call: &Call<'_>, project: usize, path: &[&str]) -> Answer {
    match path {
        ["builds"] => builds::list(call, project),
        ["definitions", rest @ ..] => lists::definitions(call, project, rest),
        ["changes"] => work::changes_between(call, project),
        ["workitems"] => work::work_items_between(call, project),
        ["builds", id, rest @ ..] => {
            let known = id.parse().ok().and_then(|id| builds::known(call, project, id));
            let Some(run) = known else {
                let message = format!("The requested build {id} could not be found.");
                return error(404, &message, "BuildNotFoundException");
            };
            match rest {
                [] => builds::get(call, &run),
                ["timeline"] => timeline::get(call, &run, None),
                ["timeline", id] => timeline::get(call, &run, Some(id)),
                ["logs"] => logs::list(call, &run),
                ["logs", id] => logs::get(call, &run, id),
                ["changes"] => work::changes(call, &run),
                ["workitems"] => work::work_items(call, &run),
                ["artifacts"] => work::artifacts(call, &run),
                ["tags"] => list(&builds::tags(&run.course)),
                _ => nowhere(call),
            }
        }
        _ => nowhere(call),
    }
}

/// The project of this name or id, and its place.
fn project(wanted: &str) -> Option<(usize, &'static Project)> {
    contoso().projects.iter().enumerate().find(|(_, project)| {
        project.name.eq_ignore_ascii_case(wanted) || project.id.text() == wanted
    })
}

/// `{"count": 2, "value": [...]}`
fn list(values: &[Value]) -> Answer {
    Answer::json(200, &json!({ "count": values.len(), "value": values }))
}

/// The page of a list that `$top` and `$skip` ask for.
fn page<T: Clone>(call: &Call<'_>, all: &[T], most: u64) -> Vec<T> {
    let number = |name: &str, default| {
        usize::try_from(call.ask.number(name).unwrap_or(default)).unwrap_or(usize::MAX)
    };
    let top = number("$top", most).min(usize::try_from(most).unwrap_or(usize::MAX));
    all.iter().skip(number("$skip", 0)).take(top).cloned().collect()
}

fn error(status: u16, message: &str, kind: &str) -> Answer {
    Answer::json(
        status,
        &json!({
            "$id": "1",
            "innerException": null,
            "message": message,
            "typeName": format!("Microsoft.Simulated.{kind}, Microsoft.Simulated"),
            "typeKey": kind,
            "errorCode": 0,
            "eventId": 3000,
        }),
    )
}

fn bad_request(message: &str) -> Answer {
    error(400, message, "InvalidRequestException")
}

fn nowhere(call: &Call<'_>) -> Answer {
    let path = call.ask.written.join("/");
    error(404, &format!("The controller for path '/{path}' was not found."), "HttpException")
}

fn no_project(call: &Call<'_>, wanted: &str) -> Answer {
    let written = call.ask.written.iter().find(|part| part.to_lowercase() == wanted);
    let wanted = written.map_or(wanted, String::as_str);
    error(
        404,
        &format!(
            "TF200016: The following project does not exist: {wanted}. Verify that the name of the \
             project is correct and that the project exists on the specified Azure DevOps Server."
        ),
        "ProjectDoesNotExistWithNameException",
    )
}

fn too_often(reset_s: i64) -> Answer {
    error(
        429,
        "TF400733: The request has been canceled: Request was blocked due to exceeding usage of \
         resource 'DBCPU' in namespace 'User ID'.",
        "RequestBlockedException",
    )
    .with("retry-after", reset_s.to_string())
}

/// Whether the request proves who asks.
fn is_known(ask: &Ask, now: Tick) -> bool {
    let Some((scheme, proof)) = ask.header("authorization").and_then(|proof| proof.split_once(' '))
    else {
        return false;
    };
    match scheme.to_ascii_lowercase().as_str() {
        "basic" => {
            let decoded = base64::engine::general_purpose::STANDARD.decode(proof.trim());
            let pair = String::from_utf8(decoded.unwrap_or_default()).unwrap_or_default();
            pair.split_once(':').is_some_and(|(_, password)| password == TOKEN)
        }
        "bearer" => entra::is_good(proof.trim(), now.timestamp()),
        _ => false,
    }
}

/// The faces that a refused token gets to see.
fn refusal(call: &Call<'_>, path: &[&str]) -> Answer {
    let sign_in = format!("{}/_signin?realm=dev.azure.com", call.ask.origin());
    let suppresses = call.ask.header("x-tfs-fedauthredirect").is_some();
    if path == ["_apis", "connectiondata"] && call.ask.header("authorization").is_none() {
        return discovery::connection(call, false);
    }
    match call.ask.method.as_str() {
        "GET" | "POST" | "HEAD" if !suppresses => {
            if call.ask.header("authorization").is_some() {
                return sign_in_page();
            }
            Answer::html(302, "<html><head><title>Object moved</title></head></html>")
                .with("location", sign_in)
        }
        "PATCH" | "PUT" | "DELETE" => {
            let message = "TF400813: The user '' is not authorized to access this resource.";
            error(401, message, "UnauthorizedRequestException")
        }
        _ => Answer::html(401, "").with("x-tfs-fedauthredirect", sign_in),
    }
    .with("www-authenticate", "Basic realm=\"http://simulated/\", Bearer, TFS-Federated")
}

/// A page for people, with a status that looks like success.
pub(super) fn sign_in_page() -> Answer {
    Answer::html(
        203,
        "<!DOCTYPE html><html lang=\"en-US\"><head><title>Azure DevOps Services | Sign In</title>\
         </head><body></body></html>",
    )
}

/// A time as the provider writes it.
fn time(at: Tick) -> Value {
    let mut out = Vec::with_capacity(28);
    at.write_azure(&mut out);
    Value::from(String::from_utf8_lossy(&out).into_owned())
}

fn person(nth: usize) -> Value {
    let person = &contoso().people[nth % contoso().people.len()];
    json!({
        "displayName": person.name,
        "id": person.id.text(),
        "uniqueName": person.mail,
        "descriptor": person.descriptor,
    })
}
