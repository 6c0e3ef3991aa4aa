//! Which build a body tells of: whose it is, and the words it is known by, in those that hooks and
//! `creel report` use, so that all of them meet in one build whoever comes first.

use uuid::Uuid;

use super::words::{bounded, plain};
use crate::model::{BuildId, Ci, Provider, SourceKey, SourceRef, SourceScheme, Unreadable};
use crate::providers::address::{self, link};
use crate::providers::azure_devops;
use crate::providers::members::Members;
use crate::providers::reporter::{missing, place};

/// Bytes of a name that a client makes for its build.
const NAME_MAX: usize = 512;

/// A build, by all that a body tells of its identity.
#[derive(Debug, Clone, PartialEq)]
pub struct Whose {
    pub source: SourceRef,
    /// `(scheme, key)`, strongest first.
    pub keys: Vec<(String, String)>,
    /// What else it is called: ids that its client made, and the one that is answered.
    pub names: Vec<String>,
    /// Place and identity in the words of a report.
    pub ci: Ci,
}

/// A name as it is kept and looked up: an id however it is spelled.
pub fn name(text: &str, member: &str) -> Result<String, Unreadable> {
    let text = text.trim();
    if text.len() > NAME_MAX {
        return Err(too_long(member));
    }
    let uuid = Uuid::try_parse(text).ok();
    Ok(uuid.map_or_else(|| text.to_lowercase(), |uuid| uuid.hyphenated().to_string()))
}

/// The id that a client made for its build. What its language writes where there is none is none.
pub fn client_id(members: &Members<'_>, member: &str) -> Result<Option<String>, Unreadable> {
    let Some(text) = members.text(member) else { return Ok(None) };
    let name = name(&text, member)?;
    let is_nothing = matches!(name.as_str(), "undefined" | "null" | "none" | "nan")
        || Uuid::try_parse(&name).is_ok_and(|id| id.is_nil());
    Ok(Some(name).filter(|_| !is_nothing))
}

fn too_long(member: &str) -> Unreadable {
    missing(member, &format!("`{member}` is longer than {NAME_MAX} bytes: nothing is called so"))
}

impl Whose {
    /// The build of a body; `client` is the member that holds the id which its client made for it.
    pub fn of(members: &Members<'_>, client: &str) -> Result<Self, Unreadable> {
        for member in ["jenkinsInstanceId", "externalRunId", "source"] {
            if members.text(member).is_some_and(|text| text.len() > NAME_MAX) {
                return Err(too_long(member));
            }
        }
        let client_id = client_id(members, client)?;
        let url = members.text("url").and_then(|url| link(&url));
        let instance = members.text("jenkinsInstanceId");
        let word = members.text("source").map(|word| plain(&word)).unwrap_or_default();
        let home = Home::of(instance.as_deref(), url.as_deref(), &word);
        let page = Page::of(home.provider, url.as_deref().or(members.text("jobUrl").as_deref()));

        let job = members.text("jobName").map(|name| bounded(name, NAME_MAX));
        let told_run = members.text("externalRunId");
        let number = members.number("buildNumber").or(page.number);
        // Where it is the number of a build, or that of a job, only who tells of the build itself can mean.
        let is_run = client == "id" || client_id.is_none();
        let number_run = number.filter(|_| is_run || home.provider != Provider::AzureDevops);
        let run = run(home.provider, told_run.as_deref(), &page, job.as_deref(), number_run);
        let slug = page.slug.or(home.pipeline).or_else(|| match home.provider {
            Provider::Buildkite => job.as_deref().map(slug),
            _ => None,
        });
        let pipeline = match home.provider {
            Provider::Buildkite | Provider::Gitlab => slug.or_else(|| job.clone()),
            _ => job.clone(),
        };

        let mut keys = Vec::new();
        let mut key = |scheme: &str, key: String| keys.push((scheme.to_owned(), key));
        match (home.provider, &run) {
            (Provider::AzureDevops, Some(run)) => key("build_id", run.clone()),
            (Provider::Buildkite, Some(run)) => key("uuid", run.clone()),
            (_, Some(run)) => key("run", run.clone()),
            (_, None) => {}
        }
        if let Some(client_id) = &client_id {
            key("client", client_id.clone());
        }
        if home.provider != Provider::AzureDevops
            && let (Some(pipeline), Some(number)) = (&pipeline, number)
        {
            // Each job of a GitLab project counts for itself.
            let job =
                job.as_ref().filter(|job| home.provider == Provider::Gitlab && *job != pipeline);
            let of = job.map_or(pipeline.clone(), |job| format!("{pipeline}/{job}"));
            key("number", format!("{of}/{number}"));
        }
        // Of a CI whose hooks we know, another word for the run leads to none of their builds.
        if keys.is_empty()
            && let Some(run) = &told_run
        {
            keys.push(("run".to_owned(), run.clone()));
        }
        if keys.is_empty() {
            let reason = format!(
                "none of `externalRunId`, `{client}`, and `jobName` with `buildNumber` is told: \
                 nobody can tell which build this is"
            );
            let member = if job.is_some() { "buildNumber" } else { "externalRunId" };
            return Err(missing(member, &reason));
        }

        let ids = told_run.as_deref().filter(|run| Uuid::try_parse(run).is_ok());
        let ids = ids.map(|run| name(run, "externalRunId")).transpose()?;
        let mut whose = Self {
            names: client_id.into_iter().chain(ids).collect(),
            ci: Ci {
                provider: Some(home.provider.as_str().to_owned()),
                project: home.project,
                pipeline_name: job,
                pipeline,
                build: run.or(told_run),
                number,
                url,
                ..Ci::default()
            },
            source: home.source,
            keys,
        };
        whose.names.push(whose.address());
        whose.names.dedup();
        Ok(whose)
    }

    /// The address of the build, as it follows from the strongest key.
    #[must_use]
    pub fn address(&self) -> String {
        let Some((scheme, key)) = self.keys.first() else { return String::new() };
        if scheme == "client" && Uuid::try_parse(key).is_ok() {
            return key.clone();
        }
        let word = self.source.words().into_iter().next();
        let (source_scheme, source) =
            word.map_or(("name", String::new()), |word| (word.scheme.as_str(), word.key));
        BuildId::of(&[self.source.provider.as_str(), source_scheme, &source, scheme, key])
            .to_string()
    }
}

/// The run in the words of its CI's hooks. A UUID of version 3 or 5 was computed by somebody: no CI
/// calls its run so.
fn run(
    provider: Provider,
    told: Option<&str>,
    page: &Page,
    job: Option<&str>,
    number: Option<i64>,
) -> Option<String> {
    let id = |text: &str| text.parse::<i64>().ok().filter(|id| *id > 0).map(|id| id.to_string());
    let told_id = told.and_then(id);
    match provider {
        // The number of a build is its id there.
        Provider::AzureDevops => {
            told_id.or_else(|| page.run.clone()).or_else(|| number.map(|number| number.to_string()))
        }
        Provider::Buildkite => told
            .and_then(|told| Uuid::try_parse(told).ok())
            .filter(|uuid| !matches!(uuid.get_version_num(), 3 | 5))
            .map(|uuid| uuid.hyphenated().to_string()),
        Provider::Github | Provider::Gitlab => {
            told_id.or_else(|| page.run.clone()).or_else(|| told.map(str::to_owned))
        }
        // As `creel report` calls it.
        Provider::Jenkins => {
            told.map(str::to_owned).or_else(|| Some(format!("{}#{}", job?, number?)))
        }
        _ => told.map(str::to_owned),
    }
}

/// `Shop CI` as Buildkite writes it in addresses.
fn slug(name: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() {
            slug.push(letter);
        } else if !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_matches('-').to_owned()
}

/// What the address of a build tells of it.
#[derive(Debug, Default)]
struct Page {
    run: Option<String>,
    slug: Option<String>,
    number: Option<i64>,
}

impl Page {
    fn of(provider: Provider, url: Option<&str>) -> Self {
        let Some(url) = url else { return Self::default() };
        let path: Vec<&str> = segments(url).collect();
        let after = |word: &str| {
            let at = path.iter().position(|part| *part == word)?;
            path.get(at + 1).filter(|id| id.bytes().all(|byte| byte.is_ascii_digit())).copied()
        };
        match provider {
            // https://buildkite.com/acme/shop/builds/12
            Provider::Buildkite => Self {
                run: None,
                slug: path.get(1).filter(|part| **part != "builds").map(ToString::to_string),
                number: after("builds").and_then(|number| number.parse().ok()),
            },
            // https://github.com/acme/shop/actions/runs/12
            Provider::Github => Self { run: after("runs").map(str::to_owned), ..Self::default() },
            // https://gitlab.com/acme/shop/-/pipelines/12
            Provider::Gitlab => {
                let end = path.iter().position(|part| *part == "-");
                Self {
                    run: after("pipelines").map(str::to_owned),
                    slug: end.map(|end| path[..end].join("/")).filter(|path| !path.is_empty()),
                    number: None,
                }
            }
            // https://dev.azure.com/acme/Web/_build/results?buildId=12
            Provider::AzureDevops => {
                let query = url.split_once('?').map_or("", |(_, query)| query);
                let id = query.split(['&', '#']).find_map(|pair| {
                    let (name, value) = pair.split_once('=')?;
                    name.eq_ignore_ascii_case("buildId").then_some(value)
                });
                let id = id.filter(|id| id.parse::<i64>().is_ok_and(|id| id > 0));
                Self { run: id.map(str::to_owned), ..Self::default() }
            }
            _ => Self::default(),
        }
    }
}

fn segments(url: &str) -> impl Iterator<Item = &str> {
    let path = address::parts(url).map_or("", |parts| parts.path);
    path.split('/').filter(|part| !part.is_empty())
}

/// Where builds of a sender live.
#[derive(Debug)]
struct Home {
    provider: Provider,
    source: SourceRef,
    project: Option<String>,
    /// Slug or path, where the address of the instance tells it.
    pipeline: Option<String>,
}

impl Home {
    /// The instance's host says which CI it is, else the word for it; without an instance, the
    /// build's own page has to do.
    fn of(instance: Option<&str>, url: Option<&str>, word: &str) -> Self {
        let told = instance.or(url.filter(|url| known_host(url).is_some()));
        let Some(told) = told else {
            let provider = place::provider_of(word);
            let name = if word.is_empty() { "reporters" } else { word };
            return Self::named(provider, name, name);
        };
        let told = told.trim().trim_end_matches('/');
        let whole = match told.contains("://") {
            true => told.to_owned(),
            // A host without its scheme.
            false if told.split('/').next().is_some_and(|host| host.contains('.')) => {
                format!("https://{told}")
            }
            false => return Self::bare(told, word),
        };
        let Some(parts) = address::parts(&whole) else { return Self::bare(told, word) };
        let provider = known_host(&whole).unwrap_or_else(|| place::provider_of(word));
        let path: Vec<&str> = segments(&whole).collect();
        let server = format!("{}{}", parts.host_and_port, parts.path.trim_end_matches('/'));
        match provider {
            Provider::Github if path.len() >= 2 => {
                let repository = format!("{}/{}", path[0], path[1].trim_end_matches(".git"));
                Self::named(provider, &repository, &repository)
            }
            Provider::Gitlab => {
                let end = path.iter().position(|part| *part == "-").unwrap_or(path.len());
                let pipeline = (end > 0).then(|| path[..end].join("/"));
                let host = parts.host_and_port;
                Self { pipeline, ..Self::named(provider, host, host) }
            }
            Provider::Buildkite if !path.is_empty() => {
                let slug = path.get(1).filter(|part| **part != "builds");
                let pipeline = slug.map(ToString::to_string);
                Self { pipeline, ..Self::named(provider, path[0], path[0]) }
            }
            Provider::AzureDevops => Self::azure(&whole, told),
            Provider::Jenkins | Provider::Teamcity => Self::named(provider, &server, told),
            _ => Self::named(provider, told, told),
        }
    }

    /// An instance that is no address.
    fn bare(told: &str, word: &str) -> Self {
        let is_path = told.split('/').count() >= 2 && !told.contains(char::is_whitespace);
        let provider = match place::provider_of(word) {
            // Older clients of GitHub send `owner/repo` alone.
            Provider::Reporter if word.is_empty() && told.split('/').count() == 2 && is_path => {
                Provider::Github
            }
            provider => provider,
        };
        let (first, rest) = told.split_once('/').map_or((told, None), |(a, b)| (a, Some(b)));
        match provider {
            Provider::Gitlab if is_path => Self {
                pipeline: Some(told.to_owned()),
                ..Self::named(provider, "gitlab.com", "gitlab.com")
            },
            Provider::Buildkite => {
                Self { pipeline: rest.map(str::to_owned), ..Self::named(provider, first, first) }
            }
            Provider::AzureDevops => {
                let project = rest.and_then(|rest| rest.split('/').next()).map(str::to_owned);
                Self { project, ..Self::named(provider, first, first) }
            }
            _ => Self::named(provider, told, told),
        }
    }

    fn azure(whole: &str, told: &str) -> Self {
        let Some(base) = azure_devops::address::organisation(whole) else {
            // The name of a server's collection is not unique in the world: its address is.
            return Self::named(Provider::AzureDevops, told, told);
        };
        let depth = usize::from(!base.url.contains("visualstudio.com"));
        let project = segments(whole).nth(depth).filter(|part| !part.starts_with('_'));
        let project = project.map(|part| {
            percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned()
        });
        let name = base.name.unwrap_or_default();
        let mut home = Self { project, ..Self::named(Provider::AzureDevops, &name, &name) };
        home.source.base_url = Some(base.url);
        home
    }

    fn named(provider: Provider, key: &str, name: &str) -> Self {
        let key = SourceKey { scheme: SourceScheme::Name, key: key.to_lowercase() };
        Self {
            provider,
            source: SourceRef {
                provider,
                keys: vec![key],
                name: Some(name.to_owned()),
                base_url: None,
            },
            project: None,
            pipeline: None,
        }
    }
}

/// The CI that lives at a host of its own.
fn known_host(url: &str) -> Option<Provider> {
    let host = address::host(url)?.to_ascii_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host);
    match host {
        "github.com" => Some(Provider::Github),
        "gitlab.com" => Some(Provider::Gitlab),
        "buildkite.com" => Some(Provider::Buildkite),
        "dev.azure.com" => Some(Provider::AzureDevops),
        "circleci.com" | "app.circleci.com" => Some(Provider::Circleci),
        _ if host.ends_with(".visualstudio.com") => Some(Provider::AzureDevops),
        _ => None,
    }
}

/// Whose agents or builds an instance has, where nothing else is told.
#[must_use]
pub fn source(members: &Members<'_>) -> Option<SourceRef> {
    let instance = members.text("jenkinsInstanceId")?;
    let word = members.text("source").map(|word| plain(&word)).unwrap_or_default();
    Some(Home::of(Some(&instance), None, &word).source)
}

#[cfg(test)]
#[path = "whose_tests.rs"]
mod tests;
