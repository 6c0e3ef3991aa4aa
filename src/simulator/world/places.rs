//! The two organisations as the world knows them, and the temper of each pipeline.

use std::sync::LazyLock;

use crate::simulator::{azure_devops as azure, buildkite};

/// What a pipeline is like.
#[derive(Debug, Clone, Copy)]
pub struct Temper {
    /// Pushes in a busy hour that build something, in hundredths.
    pub pushes: u32,
    /// Pull requests opened in a busy hour, in hundredths.
    pub pull_requests: u32,
    /// What one job takes on average.
    pub job_s: u32,
    /// Stages or steps of a whole build.
    pub steps: usize,
    /// This many of a hundred builds fail for a reason of their own.
    pub red: u32,
    /// This many of a hundred trip over something that a second try does not meet.
    pub flaky: u32,
    /// On this many of a hundred days `main` breaks and stays broken for hours.
    pub breaks: u32,
    /// This many of a hundred builds of `main` must be let through by a person.
    pub gated: u32,
    /// Built at this hour whatever happens.
    pub nightly: Option<i64>,
    /// Its builds go out by a classic release.
    pub releases: bool,
}

impl Temper {
    const CALM: Self = Self {
        pushes: 15,
        pull_requests: 4,
        job_s: 60,
        steps: 3,
        red: 6,
        flaky: 3,
        breaks: 0,
        gated: 0,
        nightly: None,
        releases: false,
    };
}

/// Azure DevOps: project, pipeline, repository, whether on the provider's machines, temper.
#[rustfmt::skip]
const CONTOSO: [(&str, &str, &str, bool, Temper); 9] = [
    // Quick, green, busy.
    ("Web", "shop-ci", "shop", true, Temper {
        pushes: 42, pull_requests: 18, job_s: 45, red: 4, ..Temper::CALM
    }),
    // Slow, and trips over its browsers.
    ("Web", "shop-e2e", "shop", true, Temper {
        pushes: 12, pull_requests: 0, job_s: 280, steps: 2, red: 10, flaky: 28, nightly: Some(1),
        ..Temper::CALM
    }),
    // Goes to production only when somebody agrees.
    ("Payments", "payments-api", "payments-api", false, Temper {
        pushes: 28, pull_requests: 8, job_s: 80, steps: 4, red: 8, gated: 85, ..Temper::CALM
    }),
    ("Payments", "ledger-service", "ledger", false, Temper {
        pushes: 12, job_s: 95, steps: 4, gated: 60, ..Temper::CALM
    }),
    // Lives in pull requests.
    ("Mobile", "mobile-app", "mobile-app", true, Temper {
        pushes: 8, pull_requests: 22, job_s: 150, steps: 2, red: 12, ..Temper::CALM
    }),
    // Breaks on main for hours, then is mended.
    ("Platform", "platform-infra", "platform", false, Temper {
        pushes: 34, job_s: 70, red: 5, breaks: 55, ..Temper::CALM
    }),
    // Still goes out by a classic release.
    ("Warehouse", "warehouse-sync", "warehouse-sync", false, Temper {
        pushes: 20, pull_requests: 3, job_s: 55, steps: 2, breaks: 10, releases: true,
        ..Temper::CALM
    }),
    ("Data", "data-nightly", "data-platform", false, Temper {
        pushes: 3, pull_requests: 0, job_s: 600, steps: 3, red: 14, flaky: 10, nightly: Some(2),
        ..Temper::CALM
    }),
    ("Platform", "docs-site", "docs", true, Temper {
        pushes: 10, pull_requests: 0, job_s: 15, steps: 1, red: 1, ..Temper::CALM
    }),
];

/// Buildkite: slug, name, what it is for, temper.
#[rustfmt::skip]
const ACME: [(&str, &str, &str, Temper); 7] = [
    ("storefront", "Storefront", "The shop that customers see", Temper {
        pushes: 32, pull_requests: 20, job_s: 50, steps: 3, red: 6, ..Temper::CALM
    }),
    // Blocked until somebody lets it out.
    ("checkout-api", "Checkout API", "Baskets, vouchers and orders", Temper {
        pushes: 30, pull_requests: 6, job_s: 70, steps: 3, red: 8, gated: 90, ..Temper::CALM
    }),
    ("search-index", "Search index", "Builds what the search box asks", Temper {
        pushes: 20, job_s: 110, steps: 3, red: 8, flaky: 30, ..Temper::CALM
    }),
    ("mobile-release", "Mobile release", "Signs and ships both apps", Temper {
        pushes: 8, pull_requests: 0, job_s: 420, steps: 2, red: 10, ..Temper::CALM
    }),
    ("infra-terraform", "Infrastructure", "Plans and applies the platform", Temper {
        pushes: 14, pull_requests: 3, job_s: 40, steps: 2, red: 9, breaks: 25, gated: 70,
        ..Temper::CALM
    }),
    ("nightly-e2e", "Nightly end to end", "Every browser, every night", Temper {
        pushes: 2, pull_requests: 0, job_s: 540, steps: 3, red: 18, flaky: 15, nightly: Some(3),
        ..Temper::CALM
    }),
    ("design-system", "Design system", "Buttons, colours and the rest", Temper {
        pushes: 14, pull_requests: 6, job_s: 25, steps: 2, red: 2, ..Temper::CALM
    }),
];

static CONTOSO_AT_WORK: LazyLock<azure::Organisation> = LazyLock::new(|| {
    let pipelines = CONTOSO.map(|(project, name, repository, hosted, _)| azure::Furniture {
        project,
        name,
        repository,
        hosted,
    });
    azure::Organisation::new("contoso", azure::Home::Cloud, 0).furnished(&pipelines)
});

static ACME_AT_WORK: LazyLock<buildkite::Organisation> = LazyLock::new(|| {
    let pipelines = ACME.map(|(slug, name, description, _)| (slug, name, description));
    buildkite::Organisation::new("acme", "Acme", 0).furnished(&pipelines)
});

/// `contoso` with the pipelines that its people talk about.
#[must_use]
pub fn contoso() -> &'static azure::Organisation {
    &CONTOSO_AT_WORK
}

/// `acme` with the pipelines that its people talk about.
#[must_use]
pub fn acme() -> &'static buildkite::Organisation {
    &ACME_AT_WORK
}

/// How many stages a whole run of a pipeline of `contoso` has.
#[must_use]
pub fn stages_of(pipeline: usize) -> usize {
    Place::Contoso(pipeline).temper().steps
}

/// A pipeline of either organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Contoso(usize),
    Acme(usize),
}

impl Place {
    pub fn all() -> impl Iterator<Item = Self> {
        let acme = (0..ACME.len()).map(Self::Acme);
        (0..CONTOSO.len()).map(Self::Contoso).chain(acme)
    }

    pub fn temper(self) -> Temper {
        match self {
            Self::Contoso(place) => CONTOSO[place].4,
            Self::Acme(place) => ACME[place].3,
        }
    }

    /// The pipeline of `contoso` of this name.
    pub fn contoso(name: &str) -> Self {
        let place = CONTOSO.iter().position(|pipeline| pipeline.1 == name);
        Self::Contoso(place.expect("a pipeline of contoso"))
    }

    /// The pipeline of `acme` of this slug.
    pub fn acme(slug: &str) -> Self {
        let place = ACME.iter().position(|pipeline| pipeline.0 == slug);
        Self::Acme(place.expect("a pipeline of acme"))
    }

    /// Its number among all pipelines.
    pub fn index(self) -> usize {
        match self {
            Self::Contoso(place) => place,
            Self::Acme(place) => CONTOSO.len() + place,
        }
    }
}
