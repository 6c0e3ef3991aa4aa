//! The table of all settings: what each is called, what it is without being set, what it means.
//!
//! `creel config check`, the nearest name of a misspelt one, and `docs/settings.md` are read from it.

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// `section.name`. A part in capitals stands for a free word.
    pub name: &'static str,
    /// What holds when nothing sets it, written as a person would; empty: nothing.
    pub default: &'static str,
    /// What it means, in a sentence without its full stop.
    pub means: &'static str,
    /// Never shown: the value gives access to something.
    pub is_secret: bool,
}

impl Setting {
    /// Whether a full name is this setting's.
    #[must_use]
    pub fn is_called(&self, name: &str) -> bool {
        let (mut pattern, mut parts) = (self.name.split('.'), name.split('.'));
        loop {
            match (pattern.next(), parts.next()) {
                (None, None) => return true,
                (Some(free), Some(part)) if is_free(free) && !part.is_empty() => {}
                (Some(word), Some(part)) if word == part => {}
                _ => return false,
            }
        }
    }

    /// Whether one of its parts is a free word.
    #[must_use]
    pub fn is_family(&self) -> bool {
        self.name.split('.').any(is_free)
    }
}

fn is_free(part: &str) -> bool {
    !part.is_empty() && part.chars().all(|c| c.is_ascii_uppercase())
}

/// The setting of a full name.
#[must_use]
pub fn setting(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.is_called(name))
}

const fn plain(name: &'static str, default: &'static str, means: &'static str) -> Setting {
    Setting { name, default, means, is_secret: false }
}

const fn secret(name: &'static str, means: &'static str) -> Setting {
    Setting { name, default: "", means, is_secret: true }
}

/// All of them, section by section.
pub const SETTINGS: &[Setting] = &[
    plain("server.listen", "127.0.0.1:3000", "address and port to listen on"),
    plain("server.data", "data", "directory that holds the data"),
    plain(
        "server.secrets_key",
        "DATA/secrets.key",
        "file of the key that seals secrets; better kept outside the data directory",
    ),
    plain(
        "server.public_url",
        "",
        "address by which senders and people reach the server, for links and cookies",
    ),
    plain(
        "server.trusted_proxies",
        "",
        "networks whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed",
    ),
    plain(
        "server.open_badges",
        "false",
        "whether `/badges/...` needs no key: whoever knows a pipeline's name may see how it is doing",
    ),
    plain(
        "tls.cert",
        "",
        "file of the certificate and its chain (PEM); with it the port speaks https",
    ),
    plain("tls.key", "", "file of the certificate's private key (PEM)"),
    plain("people.proxy_header", "", "header in which a trusted proxy names who signed in there"),
    plain(
        "people.proxy_role",
        "viewer",
        "role of those whom Creel does not know by name; `none` turns them away",
    ),
    plain(
        "limits.unknown_per_minute",
        "600",
        "requests per minute and address without a valid key; beyond it 429",
    ),
    plain("limits.known_per_minute", "", "requests per minute and key; beyond it 503"),
    plain("limits.disk_low", "256MiB", "with less free disk nothing is accepted"),
    plain("limits.slow_sender", "30s", "a body must be complete by then (`1s` to `60m`)"),
    plain("limits.connections", "4096", "connections at a time; more wait to be accepted"),
    plain("limits.bodies", "256MiB", "memory for bodies on their way in, at least `32MiB`"),
    plain(
        "limits.log_bytes",
        "1GiB",
        "bytes of one build log that are kept, at least `1MiB`; of a longer one the beginning",
    ),
    plain(
        "tests.artifacts",
        "**/TEST-*.xml, **/*junit*.xml, **/*.trx, **/test-results/**/*.xml, **/test-reports/**/*.xml",
        "artifacts of Buildkite that are fetched and read as reports of tests: patterns of paths, or `none`",
    ),
    plain("log.format", "text", "`text` for people, `json` for programs: one event per line"),
    plain(
        "log.level",
        "info",
        "`error`, `warn`, `info`, `debug` or `trace`; the variable `RUST_LOG` wins, and chooses by room",
    ),
    secret(
        "forward.url",
        "address of a receiver that gets what was accepted, as it was sent; `{path}` at its end stands for \
         the path that the sender used",
    ),
    plain(
        "forward.only",
        "",
        "routes (`azure`, `buildkite`, `github`, `gitlab`) and channels it gets",
    ),
    plain("forward.timeout", "10s", "an answer is waited for (`1s` to `2m`)"),
    secret("forward.NAME.url", "the same for one more receiver, of this name"),
    plain("forward.NAME.only", "", "routes and channels it gets"),
    plain("forward.NAME.timeout", "10s", "an answer is waited for (`1s` to `2m`)"),
    secret(
        "heartbeat.url",
        "address of an outside watcher that is asked for (`GET`) as long as events can be stored",
    ),
    plain("heartbeat.every", "1m", "pause between two heartbeats (`10s` to `24h`)"),
    plain(
        "retention.bodies",
        "90d",
        "headers and bodies of what was received; never longer than `events`. Ages are written `90d`, `12w`, `5y`, `forever`",
    ),
    plain(
        "retention.bodies_size",
        "",
        "bytes in use in `journal.db`; beyond it the oldest bodies go first, but none of the last day",
    ),
    plain("retention.events", "365d", "the line of each event, and its repetitions"),
    plain(
        "retention.builds",
        "365d",
        "builds, pull requests, work items, counted from the last that was heard of each",
    ),
    plain("retention.logs", "90d", "logs of builds; they go with their build at the latest"),
    plain(
        "retention.logs_size",
        "",
        "bytes of the files of all logs; beyond it the oldest go first, but none of the last day",
    ),
    plain(
        "retention.records_size",
        "",
        "bytes in use in `books.db`; beyond it the oldest events and builds go first, but none of the last day",
    ),
    plain("retention.aggregates", "5y", "sums per source and hour, and the sizes of the past"),
    plain(
        "networks.NAME",
        "",
        "a list of networks that keys can be limited to (`creel key create --network NAME`)",
    ),
];
