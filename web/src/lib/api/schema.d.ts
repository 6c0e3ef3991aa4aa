// Generated from docs/openapi.json by `npm run types`. Do not edit.

export interface paths {
    "/api/v1/access": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tokens by which providers are asked: those that were set, then those that came in addresses. Needs
         *     scope `admin`.
         */
        get: operations["listAccess"];
        /** Set a token. A base outside the provider's own domain takes `confirm_base`: the token goes there. */
        put: operations["setAccess"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Forget a token. */
        delete: operations["unsetAccess"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/access/{id}/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Look at a token: whose it is, and what it can read. Asks the provider a few questions. */
        post: operations["checkAccess"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Agents, source by source, pool by pool and by name. */
        get: operations["listAgents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/agents/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Jobs on agents, the newest first. */
        get: operations["listAgentRuns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What people, keys and commands have changed here, and who signed in, newest first. */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/builds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Builds, newest first. */
        get: operations["listBuilds"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/builds/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One build. An id that was merged into another redirects. */
        get: operations["getBuild"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/builds/{id}/annotations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Notes on a build, those of greatest priority first. */
        get: operations["listAnnotations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/builds/{id}/artifacts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a build left behind. */
        get: operations["listArtifacts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/builds/{id}/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * What was committed since the last green build of the branch. Where the provider does not list it, the
         *     commits of the builds since then.
         */
        get: operations["listChanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/builds/{id}/enrichment": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far asking the provider about a build has come, aspect by aspect. */
        get: operations["getEnrichment"];
        put?: never;
        /** Ask the provider about a build once more, now. */
        post: operations["askAgain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/builds/{id}/facts": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is known of a build from where, oldest word first. */
        get: operations["listFacts"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/builds/{id}/last-green": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The newest build of the same pipeline and branch before this one that ended well. */
        get: operations["getLastGreen"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/builds/{id}/steps": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Steps of a build: parents before their children, siblings in their order. */
        get: operations["listSteps"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/builds/{id}/test-sets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where the tests of a build come from. */
        get: operations["listTestSets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/builds/{id}/tests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tests of a build, those that did not pass first. */
        get: operations["listBuildTests"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/builds/{id}/why": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Why a build is red: which step, which line of its log, and a sentence. */
        get: operations["getWhy"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The tests that changed from one build to another. */
        get: operations["compareBuilds"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Everything that was accepted, newest first. */
        get: operations["listEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take entries in with the time of their receipt and their identity. They get new numbers, and belong
         *     to the key of the same name, where there is one. What is known already changes nothing.
         */
        post: operations["importEvents"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Read entries again, by range, type, status, sender or decoder. */
        post: operations["replayEvents"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/{entry_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One event with its headers and body, secrets masked. */
        get: operations["getEvent"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events/{entry_id}/replay": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Read one entry again: its records are folded anew. */
        post: operations["replayEvent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/forwards": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Receivers of `[forward]`, and how each of them is doing. */
        get: operations["listForwards"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ingest/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The same as `/ingest/agents`. */
        post: operations["ingestAgentsV1"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ingest/build-logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The same as `/ingest/build-logs`. */
        post: operations["ingestLogsV1"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ingest/builds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The same as `/ingest/builds`. */
        post: operations["ingestBuildV1"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ingest/pipeline-stages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The same as `/ingest/pipeline-stages`. */
        post: operations["ingestStagesV1"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ingest/security-reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The same as `/ingest/security-reports`. */
        post: operations["ingestSecurityReportV1"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/ingest/tests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The same as `/ingest/tests`. */
        post: operations["ingestTestsV1"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Keys, oldest first, revoked ones included, after those that the environment sets. Needs scope
         *     `admin`.
         */
        get: operations["listKeys"];
        put?: never;
        /** Make a key. */
        post: operations["createKey"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/keys/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revoke a key: it counts from the next request on. */
        delete: operations["revokeKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Listen for changes. The last message of a commit carries the commit's number as its id: who comes
         *     back with it as `Last-Event-ID` has missed nothing. `event: reset` says to look at everything
         *     again. The stream ends when the server stops, the key is revoked, or the session has ended.
         */
        get: operations["listen"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lines of a log, as a terminal shows them. */
        get: operations["getLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logs/{id}/outline": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a log holds: groups, errors, warnings, times. */
        get: operations["getLogOutline"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logs/{id}/raw": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The log as the provider gave it, byte for byte, but for secrets: each of their bytes is a `*`. */
        get: operations["getRawLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/logs/{id}/search": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Find text in a log. */
        get: operations["searchLog"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/pipelines": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Pipelines, the one with the newest build first. */
        get: operations["listPipelines"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/queues": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Queues and pools: who waits, who works, and how long jobs waited within the last 24 hours. */
        get: operations["listQueues"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/refusals": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Requests that were turned away in the last week, newest first. */
        get: operations["listRefusals"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Test reports of a build, in any format. */
        post: operations["sendReports"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sample": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How far the sample data is. */
        get: operations["getSample"];
        put?: never;
        /**
         * Load the sample data: builds, pull requests, work items and releases of the last two weeks.
         *     Answers at once.
         */
        post: operations["loadSample"];
        /**
         * Remove the sample data with all that follows from it. What real senders told stays. Answers at
         *     once.
         */
        delete: operations["removeSample"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/secrets/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a new secrets key and seal everything with it. Cut short, it is gone on with by the same call. */
        post: operations["rotateSecrets"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/security-reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The security reports of a build, the newest first. */
        get: operations["listSecurityReports"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/security-reports/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A security report as it was sent, but for secrets in it. */
        get: operations["getSecurityReport"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is asking. Open to everybody. */
        get: operations["getSession"];
        put?: never;
        /** Sign in: the answer sets a cookie. */
        post: operations["signIn"];
        /** Sign out. Answers the same when nobody was signed in. */
        delete: operations["signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Change one's own password. One's other sessions end. */
        put: operations["changePassword"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The sessions that count, newest first: one's own; an administrator sees everybody's. */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End a session: whoever uses it is signed out with the next request. An administrator can end
         *     everybody's, others their own.
         */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Choose a password by a link: the first administrator's, an invitation's, or one for a password
         *     that was forgotten. The answer signs in.
         */
        post: operations["setUp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/setup/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * What a link is for. It goes on counting; of one that does not count, a person hears before
         *     they have thought of a password.
         */
        post: operations["lookAtLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Senders, in the order they were first heard of. */
        get: operations["listSources"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/storage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What is kept for how long, what was removed, and how long the disk lasts. */
        get: operations["getStorage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/subjects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Subjects, the one with the newest event first. */
        get: operations["listSubjects"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/subjects/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One subject with its timeline. */
        get: operations["getSubject"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/test-monitors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** By which settings tests are judged. */
        get: operations["getTestMonitors"];
        /** Judge all tests by other settings from now on. What is left out is as it is by default. */
        put: operations["setTestMonitors"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/test-monitors/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What other settings would say of the tests that there are. Changes nothing. */
        post: operations["previewTestMonitors"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tests, the worst first, then by name. */
        get: operations["listTests"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tests/{case_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A test. */
        get: operations["getTest"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tests/{case_id}/first-bad": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Where a test began to fail on a branch, and which commits may have done it. */
        get: operations["getFirstBad"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tests/{case_id}/fixed": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Say that a test is fixed: its alarms are over, and what was before counts no more. */
        post: operations["markTestFixed"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tests/{case_id}/runs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The results of a test, newest first. */
        get: operations["listTestRuns"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** People, in the order they were added. */
        get: operations["listUsers"];
        put?: never;
        /** Add a person. The answer holds the link by which they choose a password. */
        post: operations["createUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Remove a person. They are signed out. */
        delete: operations["removeUser"];
        options?: never;
        head?: never;
        /** Change a person's role, disable them, or let them in again. */
        patch: operations["changeUser"];
        trace?: never;
    };
    "/api/v1/users/{id}/reset": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give out a new link, for a password that was forgotten. Earlier links count no more; the old
         *     password counts until the link was used.
         */
        post: operations["resetUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/asyncapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The hooks that are understood. */
        get: operations["getAsyncapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/badges/{pipeline}.svg": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How the default branch of a pipeline is doing, by its newest build that has ended, as an SVG:
         *     `passing`, `unstable`, `failing`, `aborted` or `unknown`. Of a pipeline that is not known it is
         *     the image that says so. With `server.open_badges` it needs no key.
         */
        get: operations["getBadge"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/builds.atom": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The newest builds, as an Atom feed. Takes the filters of `/api/v1/builds`. */
        get: operations["getBuildsFeed"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/cctray.xml": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * How each pipeline is doing, by the newest build of its default branch that has ended, in the format
         *     of monitors of builds. The newest 1,000 pipelines.
         */
        get: operations["getCctray"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/download/creel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The binary that this server runs, for machines of its kind. `HEAD` answers the same without it. */
        get: operations["downloadCreel"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/download/creel.sha256": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The SHA-256 of the binary, as `sha256sum --check` reads it. */
        get: operations["downloadChecksum"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The same as `/livez`. */
        get: operations["getHealthz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hooks/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether hooks arrive. Always 200: the body tells. */
        get: operations["getHooksHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hooks/receive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The same as `/webhooks/azure`. */
        post: operations["receiveHook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/hooks/{channel}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Azure DevOps service hooks, or any other body, under a free word. */
        post: operations["receiveChannelHook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ingest/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Machines as they are: all of an instance, or some. */
        post: operations["ingestAgents"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ingest/build-logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The log of a build. */
        post: operations["ingestLogs"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ingest/builds": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A build, as far as it has come. The same run again is the same build. */
        post: operations["ingestBuild"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ingest/pipeline-stages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Stages of a build. */
        post: operations["ingestStages"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ingest/security-reports": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** What a security scanner found. */
        post: operations["ingestSecurityReport"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ingest/tests": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A suite of tests of a build. */
        post: operations["ingestTests"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/livez": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The process should not be restarted. Looks at nothing outside it: `?verbose` has one check, and says
         *     which version runs.
         */
        get: operations["getLivez"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/logs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** A day's events, oldest first, secrets masked. */
        get: operations["getLogs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How it runs, for Prometheus; for `Accept: application/json`, what was received. */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** This document. */
        get: operations["getOpenapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/problems/{code}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What a problem's code means, and what to do about it: where its `type` leads. */
        get: operations["getProblem"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/readyz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Events can be stored now. `?verbose` lists the checks, `?exclude=NAME` skips one. */
        get: operations["getReadyz"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v1/uploads": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Test results in the shape that collectors of Buildkite's Test Engine send. */
        post: operations["sendUpload"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/azure": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Azure DevOps service hooks. */
        post: operations["receiveAzureHook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/azure-devops": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** The same as `/webhooks/azure`. */
        post: operations["receiveAzureDevopsHook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/buildkite": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Buildkite webhooks. Answers as `/webhooks/azure`. */
        post: operations["receiveBuildkiteHook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/github": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** GitHub webhooks: stored whole, to be read when a decoder exists. */
        post: operations["receiveGithubHook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/gitlab": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** GitLab webhooks. Pipeline and job events are read; answers as `/webhooks/azure`. */
        post: operations["receiveGitlabHook"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Whether hooks arrive. Always 200: the body tells, and nobody knows of any while the books cannot
         *     be read.
         */
        get: operations["getWebhooksHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/webhooks/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What was received, by type. */
        get: operations["getWebhooksMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description The answer to a stored hook. */
        Accepted: {
            duplicate: boolean;
            /**
             * Format: int64
             * @description Number of the entry; of a duplicate, that of the entry it repeats.
             */
            entry_id: number;
            queued: boolean;
            reason?: string | null;
            received: boolean;
            /** @description `stored`, `skipped`, `test`, `parked` or `duplicate`. */
            status: string;
        };
        /** @description A token, without the token. */
        Access: {
            /** @description Where its questions go to; `null` of one that came in an address: to the provider's own domain. */
            base: string | null;
            checked_at: components["schemas"]["Time"] | null;
            client_id: string | null;
            expires_at: components["schemas"]["Time"] | null;
            /** @description Tells two tokens apart and reveals neither. */
            fingerprint: string;
            id: string;
            /** @description Whether that is an address of the provider's own; else an administrator confirmed it. */
            is_own_domain: boolean;
            /**
             * Format: int64
             * @description The ingest key whose deliveries brought it.
             */
            key_id: number | null;
            kind: components["schemas"]["AccessKind"];
            last_error: components["schemas"]["AccessTrouble"] | null;
            last_ok_at: components["schemas"]["Time"] | null;
            /** @description Scopes that it lacks, as the provider's pages call them. */
            missing: string[];
            /** @description Name of the one source it is for; `null`: all that live on the base. */
            organization: string | null;
            origin: components["schemas"]["AccessOrigin"];
            provider: components["schemas"]["Provider"];
            purpose: components["schemas"]["AccessPurpose"];
            /** @description Of Azure DevOps, which tells no scopes: those that turned out to be there. */
            scopes: string[] | null;
            set_at: components["schemas"]["Time"];
            set_by: string | null;
            /** @description Sources that are asked about with it. */
            source_ids: string[];
            state: components["schemas"]["AccessState"];
            tenant: string | null;
            who: string | null;
        };
        /** @description What a look at a token has shown. */
        AccessCheck: {
            access: components["schemas"]["Access"];
            error: components["schemas"]["AccessError"] | null;
            tried: components["schemas"]["AccessTried"][];
            /** @description `null`: the provider did not take the token, or was not there; `error` says what came of it. */
            who: string | null;
        };
        AccessError: {
            code: string;
            reason: string;
        };
        /**
         * @description `pat`: of Azure DevOps; `entra`: an application of Microsoft Entra; `token`: of Buildkite.
         * @enum {string}
         */
        AccessKind: "pat" | "entra" | "token";
        /** @description Every token. */
        AccessList: {
            items: components["schemas"]["Access"][];
        };
        /**
         * @description `set`: by an administrator; `address`: it came in the address of deliveries.
         * @enum {string}
         */
        AccessOrigin: "set" | "address";
        /**
         * @description What a token is used for.
         * @enum {string}
         */
        AccessPurpose: "read" | "write";
        /**
         * @description How a token is doing: the first word that fits. `troubled`: the provider is away or asks to wait;
         *     `untried`: never used and never looked at.
         * @enum {string}
         */
        AccessState: "expired" | "refused" | "expiring" | "lacks_scope" | "troubled" | "untried" | "well";
        /** @description One thing that was tried. */
        AccessTried: {
            outcome: components["schemas"]["TriedOutcome"];
            reason: string | null;
            /** @description The scope it takes, as the provider's pages call it; empty: any token will do. */
            right: string;
            /** @description `the builds`. */
            what: string;
        };
        /** @description Why the last question came to nothing good. */
        AccessTrouble: {
            at: components["schemas"]["Time"];
            /** @description Stable word: `token_refused`, `token_lacks_scope`, `unreachable`, ... */
            code: string;
            reason: string;
        };
        /** @description A token to be set, in place of one for the same provider, base, purpose and organization. */
        AccessWish: {
            /** @description Where the application signs in, if not at `https://login.microsoftonline.com`. */
            authority?: string | null;
            /** @description Base address: of an organisation or collection of Azure DevOps; Buildkite's own unless said. */
            base?: string | null;
            client_id?: string | null;
            client_secret?: string | null;
            /** @description That the token may go to a base outside the provider's own domain. */
            confirm_base?: boolean;
            /** @description When it ends, where the provider does not tell: RFC 3339, or a day. */
            expires_at?: string | null;
            /** @description Only for the source of this name. */
            organization?: string | null;
            /** @description `azure_devops` or `buildkite`. */
            provider: string;
            purpose?: components["schemas"]["AccessPurpose"] | null;
            /** @description With `client_id` and `client_secret` instead of `token`: an application of Microsoft Entra. */
            tenant?: string | null;
            /** @description A personal access token, or an API token of Buildkite. */
            token?: string | null;
        };
        /** @description A machine that runs jobs. */
        Agent: {
            connected_at: components["schemas"]["Time"] | null;
            /** Format: int64 */
            failures_24h: number;
            hostname: string | null;
            /** Format: uuid */
            id: string;
            /** @description Whether it takes jobs. */
            is_enabled: boolean;
            job: components["schemas"]["AgentJob"] | null;
            /**
             * Format: int64
             * @description Jobs that it began within the last 24 hours, and how many of them failed.
             */
            jobs_24h: number;
            /** @description Words by which jobs ask for it, where a reporter told them. */
            labels: string[];
            last_seen_at: components["schemas"]["Time"] | null;
            name: string;
            os: string | null;
            /** @description Pool of Azure DevOps, queue of Buildkite. */
            pool: string | null;
            provider: components["schemas"]["Provider"];
            /** Format: uuid */
            source_id: string;
            state: components["schemas"]["AgentState"];
            told_by: components["schemas"]["ToldBy"];
            /** @description Its page at the provider. */
            url: string | null;
            version: string | null;
        };
        /** @description What an agent is busy with. */
        AgentJob: {
            /**
             * Format: uuid
             * @description `null` when nothing is known of that build here.
             */
            build_id: string | null;
            name: string | null;
            since: components["schemas"]["Time"] | null;
            step_id: string | null;
        };
        /** @description A job on an agent. */
        AgentRun: {
            agent: string;
            /** Format: uuid */
            agent_id: string;
            /** Format: uuid */
            build_id: string;
            finished_at: components["schemas"]["Time"] | null;
            name: string | null;
            pipeline: string | null;
            pool: string | null;
            queued_at: components["schemas"]["Time"] | null;
            result: components["schemas"]["Outcome"] | null;
            started_at: components["schemas"]["Time"];
            state: components["schemas"]["State"];
            step_id: string;
        };
        /**
         * @description What an agent is doing. `paused`: it takes no more jobs, on purpose; `lost`: it went away without
         *     a word; `unknown`: nothing tells.
         * @enum {string}
         */
        AgentState: "online" | "busy" | "paused" | "offline" | "lost" | "unknown";
        /** @description A note. */
        Annotation: {
            at: components["schemas"]["Time"] | null;
            blocks: components["schemas"]["AnnotationNode"][];
            /** @description One of each name per build. */
            context: string;
            /** @description It was longer than what is shown of it. */
            is_cut: boolean;
            /** @description The step it belongs to, else it is the build's. */
            step_id: string | null;
            style: components["schemas"]["AnnotationStyle"];
        };
        /** @description A text, or an element with what is in it. */
        AnnotationNode: {
            text: string;
        } | {
            children: components["schemas"]["AnnotationNode"][];
            /** @description Of an `a`: an address of http or https. */
            href: string | null;
            /** @description One of a short list of names: `p`, `ul`, `code`, `a`. */
            tag: string;
        };
        /** @enum {string} */
        AnnotationStyle: "success" | "info" | "warning" | "error";
        Annotations: {
            items: components["schemas"]["Annotation"][];
            next_cursor: string | null;
        };
        /**
         * @description What the sender was told.
         * @enum {string}
         */
        Answer: "stored" | "test" | "skipped" | "parked";
        /** @description A file, or a folder of files, that a build left behind at the provider. */
        Artifact: {
            /** Format: int64 */
            bytes: number | null;
            /** @description The provider's own word. */
            kind: string | null;
            name: string;
            path: string | null;
            /** @description `finished`, `expired`, `deleted`, where the provider tells. */
            state: string | null;
            /** @description The step that made it. */
            step_id: string | null;
            /** @description At the provider, for people who are signed in there. */
            url: string | null;
        };
        Artifacts: {
            items: components["schemas"]["Artifact"][];
            next_cursor: string | null;
        };
        /**
         * @description What is asked of the provider about a build.
         * @enum {string}
         */
        Aspect: "steps" | "logs" | "tests" | "changes" | "artifacts" | "annotations";
        /**
         * @description How far asking has come. `unavailable`: it cannot be had until something is changed; `failed`:
         *     given up after all tries.
         * @enum {string}
         */
        AspectState: "pending" | "done" | "unavailable" | "failed";
        /** @description One thing that somebody did. */
        AuditItem: {
            /** @description `key.created`, `user.role_changed`, ...: a word that keeps its meaning. */
            action: string;
            /** @description Of the client; `null` for commands on the server itself. */
            address: string | null;
            at: components["schemas"]["Time"];
            /** @description What else there is to know, by name. Never a secret. */
            detail: unknown;
            /** Format: int64 */
            id: number;
            on: components["schemas"]["AuditOn"] | null;
            /** @description The same as a sentence without its subject: "made the key azure, for ingest". */
            says: string;
            who: components["schemas"]["AuditWho"];
        };
        /** @description What it was done to, as it was called then. */
        AuditOn: {
            id: string | null;
            /** @description `key`, `user`, `session`, `event`. */
            kind: string;
            name: string | null;
        };
        /** @description Who did it, as they were called then. */
        AuditWho: {
            /** Format: int64 */
            id: number | null;
            /**
             * @description `person`, `key`, `owner` (a command on the server), `link` (whoever holds a one-time link),
             *     `stranger` (nobody who is known), `creel` (by itself).
             */
            kind: string;
            name: string | null;
        };
        /** @description Headers and body are no longer kept. */
        BodyGone: {
            at: components["schemas"]["Time"] | null;
            /** @description By what setting. */
            reason: string;
        };
        /** @description A build. */
        Build: {
            /** Format: int32 */
            attempt: number;
            branch: string | null;
            commit: string | null;
            /** Format: int64 */
            duration_ms: number | null;
            enrichment: components["schemas"]["Enrichment"] | null;
            external_id: string | null;
            finished_at: components["schemas"]["Time"] | null;
            /**
             * Format: uuid
             * @description `UUIDv5` of its strongest identity: the same on every installation.
             */
            id: string;
            label: string | null;
            message: string | null;
            /** Format: int64 */
            number: number | null;
            /**
             * @description Who told of it: `hook`; where no hook did, `reporter` (`creel report` and its like), else `ingest`
             *     (clients of BuildButler).
             */
            origin: string;
            pipeline: string | null;
            pipeline_name: string | null;
            /** @description Its name if known, else its GUID. */
            project: string | null;
            provider: components["schemas"]["Provider"];
            pull_request: components["schemas"]["PullRequest"] | null;
            /** Format: int64 */
            queue_ms: number | null;
            queued_at: components["schemas"]["Time"] | null;
            /** @description The provider's own word. */
            raw_result: string | null;
            reason: string | null;
            requested_by: string | null;
            result: components["schemas"]["Outcome"] | null;
            result_detail: components["schemas"]["OutcomeDetail"] | null;
            source: string | null;
            /**
             * Format: uuid
             * @description Two sources may be called the same; this tells them apart.
             */
            source_id: string;
            started_at: components["schemas"]["Time"] | null;
            state: components["schemas"]["State"];
            tests: components["schemas"]["Tests"] | null;
            url: string | null;
        };
        /** @description A commit that is part of a build. */
        Change: {
            at: components["schemas"]["Time"] | null;
            author: string | null;
            commit: string;
            message: string | null;
            /** @description Where people read it. */
            url: string | null;
        };
        Changes: {
            items: components["schemas"]["Change"][];
            next_cursor: string | null;
            /**
             * @description The last green build of the branch, whose changes are not among them; `null` where these are the
             *     build's own alone.
             */
            since_build_id: string | null;
        };
        ChannelCounts: {
            /** Format: int64 */
            error: number;
            /** Format: int64 */
            success: number;
        };
        /**
         * @description Stable word for a kind of problem. Clients decide on this, never on the sentence.
         * @enum {string}
         */
        Code: "key_missing" | "key_unknown" | "key_revoked" | "signature_bad" | "signature_stale" | "scope_missing" | "network_not_allowed" | "session_ended" | "sign_in_failed" | "role_missing" | "foreign_origin" | "link_invalid" | "not_found" | "method_not_allowed" | "body_too_large" | "body_incomplete" | "body_too_slow" | "bad_request" | "https_only" | "invalid" | "conflict" | "body_gone" | "range_invalid" | "too_many_requests" | "busy" | "disk_low" | "cannot_store" | "draining" | "internal";
        /** @description All results of a test in a build, taken together. */
        ComparedResult: {
            /** Format: double */
            duration_ms: number | null;
            outcome: components["schemas"]["RunOutcome"];
            /** @description Of the result that counts. */
            status: components["schemas"]["TestStatus"];
        };
        /** @description A test in both builds; `null` where it is not there. */
        ComparedTest: {
            base: components["schemas"]["ComparedResult"] | null;
            /** Format: uuid */
            case_id: string;
            /** @description How it is by now. */
            case_status: components["schemas"]["TestHealth"];
            class: string | null;
            head: components["schemas"]["ComparedResult"] | null;
            name: string;
            suite: string | null;
            variant: string | null;
        };
        /** @description Two builds, and the tests that did not end in both as they did in the other. */
        Comparison: {
            base: components["schemas"]["Build"];
            counts: components["schemas"]["ComparisonCounts"];
            /** @description Failed, and pass now. */
            fixed: components["schemas"]["ComparedTest"][];
            /** @description Passed on retry, or changed and known to be flaky. */
            flaky: components["schemas"]["ComparedTest"][];
            /** @description Only in `base`. */
            gone: components["schemas"]["ComparedTest"][];
            head: components["schemas"]["Build"];
            /** @description Only in `head`. */
            new: components["schemas"]["ComparedTest"][];
            /** @description Skipped in one of them only. */
            other: components["schemas"]["ComparedTest"][];
            /** @description Passed, and fail now. */
            regressions: components["schemas"]["ComparedTest"][];
        };
        ComparisonCounts: {
            fixed: number;
            flaky: number;
            gone: number;
            new: number;
            other: number;
            regressions: number;
        };
        /** @description A try to bring a release into an environment. */
        Deployment: {
            /**
             * Format: int32
             * @description Counted from 1.
             */
            attempt: number | null;
            environment: string | null;
            finished_at: components["schemas"]["Time"] | null;
            queued_at: components["schemas"]["Time"] | null;
            /** @description Who wanted it. */
            requested_by: string | null;
            started_at: components["schemas"]["Time"] | null;
        };
        /**
         * @description How much of a resource the hooks bring along.
         * @enum {string}
         */
        Details: "none" | "minimal" | "all";
        Disk: {
            /**
             * Format: int64
             * @description `null`: the file system does not say.
             */
            free_bytes: number | null;
            /**
             * Format: int64
             * @description `limits.disk_low`: with less nothing is accepted.
             */
            low_water_bytes: number;
        };
        /** @description How far asking the provider has come. `null` for providers that cannot be asked. */
        Enrichment: {
            annotations: components["schemas"]["AspectState"];
            artifacts: components["schemas"]["AspectState"];
            changes: components["schemas"]["AspectState"];
            logs: components["schemas"]["AspectState"];
            /** @description Why something is not done, in a sentence. */
            reason: string | null;
            steps: components["schemas"]["AspectState"];
            tests: components["schemas"]["AspectState"];
        };
        /** @description An event as lists show it. */
        Event: components["schemas"]["EventHead"] & {
            /**
             * Format: int64
             * @description How often the same delivery came again.
             */
            duplicates: number;
        };
        /** @description An event with all that is kept of it. */
        EventDetail: components["schemas"]["EventHead"] & {
            /**
             * @description Byte for byte as sent, but for its secrets; text where it is not JSON, `null` once it is no
             *     longer kept.
             */
            body: unknown;
            body_gone: components["schemas"]["BodyGone"] | null;
            /**
             * Format: int64
             * @description Version of the decoder that read it.
             */
            decoder_version: number | null;
            /** @description When the same delivery came again, oldest first (at most 500). */
            duplicates: components["schemas"]["Repetition"][];
            /** @description Later entries that tell of the same happening. */
            echoes: number[];
            facts: components["schemas"]["EventFact"][];
            /** @description Lower-case names; secrets masked before they were stored. `:target` is the address. */
            headers: {
                [key: string]: string;
            };
            /** @description Where in the body reading failed, of a parked entry. */
            path: string | null;
        };
        /** @description Something an entry says, and of what. */
        EventFact: {
            /** @description Key of a subject, or `build:` and the id of a build. */
            about: string | null;
            provider_at: components["schemas"]["Time"] | null;
            says: {
                [key: string]: unknown;
            };
        };
        /** @description One accepted request, and what it was read as. */
        EventHead: {
            answer: components["schemas"]["Answer"];
            /** @description Ids of the builds it is about. */
            builds: string[];
            /** Format: int64 */
            bytes: number;
            /** @description The free word of `/hooks/{channel}`. */
            channel: string | null;
            /**
             * Format: int64
             * @description From the happening to its receipt.
             */
            delay_ms: number | null;
            /**
             * Format: int64
             * @description The entry that told of the same happening first.
             */
            echo_of: number | null;
            /** Format: int64 */
            entry_id: number;
            /** @description Ours; `null` until it was read. */
            kind: string | null;
            provider: components["schemas"]["Provider"];
            reason: string | null;
            received_at: components["schemas"]["Time"];
            source: string | null;
            status: components["schemas"]["EventStatus"];
            /** @description Key of a subject, or `build:` and the id of a build. */
            subject: string | null;
            /** @description The provider's own word. */
            type: string | null;
        };
        /**
         * @description What became of an entry: waits to be read (for the first time or again), was read, or could not
         *     be.
         * @enum {string}
         */
        EventStatus: "pending" | "done" | "parked";
        /** @description Something one message said of a build. */
        Fact: {
            /** @description Whether the record holds something that came from here. */
            applied: boolean;
            at: components["schemas"]["Time"] | null;
            from: components["schemas"]["FactOrigin"];
            provider_at: components["schemas"]["Time"] | null;
            /** @description What it says, without what it leaves open. */
            says: {
                [key: string]: unknown;
            };
            why: string;
        };
        /** @description Where a fact came from. */
        FactOrigin: {
            /** Format: int64 */
            entry_id: number;
        } | {
            api_call: string;
        };
        /** @description One thing that is wrong with a body. */
        Fault: {
            detail: string;
            /** @description JSON pointer to the member, as a fragment: `#/password`. */
            pointer: string;
        };
        /** @description Since when a test fails on a branch, and by which commits. */
        FirstBad: {
            bad: components["schemas"]["RunBuild"] | null;
            branch: string | null;
            commits: components["schemas"]["Change"][];
            good: components["schemas"]["RunBuild"] | null;
            /** @description The provider listed all commits between the two. */
            is_exact: boolean;
            /** @description `passes`; `flaky`: before it began to fail, so that the build need not be to blame; `found`. */
            kind: string;
            /**
             * Format: int32
             * @description Failing runs.
             */
            runs: number;
            says: string | null;
            /** @description Both commits side by side, at the provider. */
            url: string | null;
        };
        /**
         * @description What a person can do where something is missing.
         * @enum {string}
         */
        Fix: "set_token" | "renew_token" | "confirm_base" | "retry";
        /** @description A receiver of `[forward]`. */
        Forward: {
            /**
             * Format: int64
             * @description Entries it failed on again and again, and such as could not be sent.
             */
            failed: number;
            /**
             * Format: int64
             * @description Entries that wait for it.
             */
            lag_entries: number;
            last_taken_at: components["schemas"]["Time"] | null;
            name: string;
            oldest_waiting_at: components["schemas"]["Time"] | null;
            /** @description Routes and channels it gets; empty: all. */
            only: string[];
            /** @description The newest of those that it did not take. */
            passed_over: components["schemas"]["PassedOverEntry"][];
            /**
             * Format: int64
             * @description Everything up to this entry is done with; `null` until its worker has begun.
             */
            place: number | null;
            problem: components["schemas"]["ForwardProblem"] | null;
            /**
             * Format: int64
             * @description Entries it said it does not want.
             */
            refused: number;
            state: components["schemas"]["ForwardState"];
            /**
             * Format: int64
             * @description Entries it took.
             */
            taken: number;
            /** Format: int64 */
            timeout_ms: number;
            /** @description Its address, without what gives access. */
            url: string;
        };
        ForwardProblem: {
            /**
             * Format: int64
             * @description The entry that could not be handed on.
             */
            entry_id: number;
            next_try_at: components["schemas"]["Time"];
            /** @description `connection refused`, `no answer within 10s`, `answered 503`. */
            reason: string;
            since: components["schemas"]["Time"];
            /** Format: int32 */
            tries: number;
        };
        /**
         * @description `waiting`: for the receiver, which is away or fails on an entry. `idle`: it has everything.
         * @enum {string}
         */
        ForwardState: "delivering" | "waiting" | "idle";
        /**
         * @description `silent`: nothing for 24 hours; `degraded`: something was parked or refused, hooks leave out
         *     details, or its token has ended, is refused or ends soon.
         * @enum {string}
         */
        Health: "healthy" | "degraded" | "silent";
        /** @description The health answer of the second guide. */
        HooksHealth: {
            /** Format: int64 */
            processedCount: number;
            /** @description Types that a rule handles: none, as there are no rules yet. */
            registeredHandlers: string[];
            status: components["schemas"]["HooksStatus"];
            /**
             * Format: int64
             * @description Seconds since the start.
             */
            uptime: number;
        };
        /** @description The JSON that the second guide shows at `/metrics`. */
        HooksMetrics: {
            /** @description Deliveries of rules, once there are rules. */
            byChannel: {
                [key: string]: components["schemas"]["ChannelCounts"];
            };
            byEventType: {
                [key: string]: number;
            };
            /** Format: int64 */
            errors: number;
            lastEvent: components["schemas"]["Time"] | null;
            /** Format: int64 */
            totalReceived: number;
        };
        /**
         * @description Whether hooks arrive, by the time since the last one.
         * @enum {string}
         */
        HooksStatus: "healthy" | "degraded" | "unhealthy";
        /** @description Lines of a log, without its header and footer. */
        ImportWish: {
            /** @description As `creel events export` writes them; who sends them has verified the log. */
            entries: Record<string, never>[];
        };
        /** @description What became of them. */
        Imported: {
            /** @description Entries that were known: nothing has changed by them. */
            known: number;
            /** @description Entries that were not known yet. */
            stored: number;
        };
        /** @description What became of what belongs to a build. */
        Ingested: {
            /** @description The build, as it was named; `null` of agents. */
            build_id: string | null;
            /** Format: int64 */
            entry_id: number;
            /** @description Of stages and agents: how many were read. */
            items: number | null;
            received: boolean;
            /** @description `stored`: it is on disk, and is read next. */
            status: string;
            tests: components["schemas"]["Tests"] | null;
            /** @description No build of that name is known yet: it waits for the one that will be. */
            waiting: boolean;
        };
        /** @description A build, in the words of `BuildButler`. */
        IngestedBuild: {
            branch: string | null;
            /** Format: int64 */
            buildNumber: number | null;
            cause: string | null;
            commitSha: string | null;
            completedAt: components["schemas"]["Time"] | null;
            /**
             * Format: int64
             * @description Milliseconds.
             */
            duration: number | null;
            /** Format: int64 */
            entry_id: number;
            externalRunId: string | null;
            /**
             * Format: uuid
             * @description The build: to be sent as `buildId`. An id that the client made is good for that, too.
             */
            id: string;
            jenkinsInstanceId: string | null;
            jobName: string | null;
            received: boolean;
            source: string | null;
            startedAt: components["schemas"]["Time"] | null;
            /** @description `success`, `failure`, `unstable`, `aborted`, `not_built`, `in_progress`, `unknown`. */
            status: string;
            url: string | null;
        };
        /** @enum {string} */
        IssueKind: "warning" | "error";
        /** @description A key, without its secret. */
        Key: {
            /** @description Of a key of the environment: when the server started. */
            created_at: components["schemas"]["Time"];
            /**
             * Format: int64
             * @description Below 0 for a key of the environment.
             */
            id: number;
            last_used_at: components["schemas"]["Time"] | null;
            limits: components["schemas"]["KeyLimits"];
            name: string;
            /** @description Its first letters; empty of a secret that was brought along. */
            prefix: string;
            revoked_at: components["schemas"]["Time"] | null;
            scopes: components["schemas"]["Scope"][];
            /** @description Whether it also checks signatures. */
            signing: boolean;
            source: components["schemas"]["KeySource"];
        };
        /** @description What a key is limited to. Empty: no limit. */
        KeyLimits: {
            /**
             * @description Names of `[networks]` in the configuration.
             * @default []
             */
            networks?: string[];
            /**
             * Format: int32
             * @description Requests per minute.
             * @default null
             */
            per_minute?: number | null;
            /**
             * @description Projects whose events make records, by name or GUID; best is both, of each project. With GUIDs
             *     alone (names alone), an event that tells its project by name only (by GUID only) is recorded.
             * @default []
             */
            projects?: string[];
            /**
             * @description Publishers whose events make records.
             * @default []
             */
            publishers?: string[];
        };
        /** @description A key that was made, with its secret. */
        KeyMade: {
            /** Format: int64 */
            id: number;
            /** @description The secret, shown this once. */
            key: string;
            name: string;
            scopes: components["schemas"]["Scope"][];
        };
        /**
         * @description Where a key comes from: made by a command or a request, or a variable of the server's
         *     environment, which is the place to change it.
         * @enum {string}
         */
        KeySource: "made" | "environment";
        /** @description A key to be made. */
        KeyWish: {
            limits?: components["schemas"]["KeyLimits"];
            name: string;
            scopes: components["schemas"]["Scope"][];
            /** @description Keep it sealed as well, to check signatures with. */
            signing?: boolean;
            /** @description A secret that is in use already; else one is made. */
            value?: string | null;
        };
        LastGreen: {
            build: components["schemas"]["Build"] | null;
        };
        /** @description The newest run that counts. */
        LastRun: {
            at: components["schemas"]["Time"];
            /** Format: uuid */
            build_id: string;
            label: string | null;
            /** Format: int64 */
            number: number | null;
            status: components["schemas"]["RunOutcome"];
        };
        /** @description What a link is for. */
        Link: {
            expires_at: components["schemas"]["Time"] | null;
            /** @description Whose password it replaces; `null`: it makes the first administrator, who chooses a name. */
            name: string | null;
        };
        /** @description A link's token. */
        LinkToken: {
            /** @description What stands behind `token=` in the link. */
            token: string;
        };
        /**
         * @description One page of a list. The next one is at the `Link` header with `rel="next"`, or at the same
         *     address with `cursor`.
         */
        List_Agent: {
            items: components["schemas"]["Agent"][];
            /** @description `null` at the end of the list. */
            next_cursor: string | null;
        };
        /**
         * @description One page of a list. The next one is at the `Link` header with `rel="next"`, or at the same
         *     address with `cursor`.
         */
        List_AgentRun: {
            items: components["schemas"]["AgentRun"][];
            /** @description `null` at the end of the list. */
            next_cursor: string | null;
        };
        /**
         * @description One page of a list. The next one is at the `Link` header with `rel="next"`, or at the same
         *     address with `cursor`.
         */
        List_AuditItem: {
            items: components["schemas"]["AuditItem"][];
            /** @description `null` at the end of the list. */
            next_cursor: string | null;
        };
        /**
         * @description One page of a list. The next one is at the `Link` header with `rel="next"`, or at the same
         *     address with `cursor`.
         */
        List_Build: {
            items: components["schemas"]["Build"][];
            /** @description `null` at the end of the list. */
            next_cursor: string | null;
        };
        /**
         * @description One page of a list. The next one is at the `Link` header with `rel="next"`, or at the same
         *     address with `cursor`.
         */
        List_Event: {
            items: components["schemas"]["Event"][];
            /** @description `null` at the end of the list. */
            next_cursor: string | null;
        };
        /**
         * @description One page of a list. The next one is at the `Link` header with `rel="next"`, or at the same
         *     address with `cursor`.
         */
        List_Fact: {
            items: components["schemas"]["Fact"][];
            /** @description `null` at the end of the list. */
            next_cursor: string | null;
        };
        /**
         * @description One page of a list. The next one is at the `Link` header with `rel="next"`, or at the same
         *     address with `cursor`.
         */
        List_Forward: {
            items: components["schemas"]["Forward"][];
            /** @description `null` at the end of the list. */
            next_cursor: string | null;
        };
        /**
         * @description One page of a list. The next one is at the `Link` header with `rel="next"`, or at the same
         *     address with `cursor`.
         */
        List_Key: {
            items: components["schemas"]["Key"][];
            /** @description `null` at the end of the list. */
            next_cursor: string | null;
        };
        /**
         * @description One page of a list. The next one is at the `Link` header with `rel="next"`, or at the same
         *     address with `cursor`.
         */
        List_Pipeline: {
            items: components["schemas"]["Pipeline"][];
            /** @description `null` at the end of the list. */
            next_cursor: string | null;
        };
        /**
         * @description One page of a list. The next one is at the `Link` header with `rel="next"`, or at the same
         *     address with `cursor`.
         */
        List_Queue: {
            items: components["schemas"]["Queue"][];
            /** @description `null` at the end of the list. */
            next_cursor: string | null;
        };
        /**
         * @description One page of a list. The next one is at the `Link` header with `rel="next"`, or at the same
         *     address with `cursor`.
         */
        List_Refusal: {
            items: components["schemas"]["Refusal"][];
            /** @description `null` at the end of the list. */
            next_cursor: string | null;
        };
        /**
         * @description One page of a list. The next one is at the `Link` header with `rel="next"`, or at the same
         *     address with `cursor`.
         */
        List_SecurityReport: {
            items: components["schemas"]["SecurityReport"][];
            /** @description `null` at the end of the list. */
            next_cursor: string | null;
        };
        /**
         * @description One page of a list. The next one is at the `Link` header with `rel="next"`, or at the same
         *     address with `cursor`.
         */
        List_SessionItem: {
            items: components["schemas"]["SessionItem"][];
            /** @description `null` at the end of the list. */
            next_cursor: string | null;
        };
        /**
         * @description One page of a list. The next one is at the `Link` header with `rel="next"`, or at the same
         *     address with `cursor`.
         */
        List_Source: {
            items: components["schemas"]["Source"][];
            /** @description `null` at the end of the list. */
            next_cursor: string | null;
        };
        /**
         * @description One page of a list. The next one is at the `Link` header with `rel="next"`, or at the same
         *     address with `cursor`.
         */
        List_Step: {
            items: components["schemas"]["Step"][];
            /** @description `null` at the end of the list. */
            next_cursor: string | null;
        };
        /**
         * @description One page of a list. The next one is at the `Link` header with `rel="next"`, or at the same
         *     address with `cursor`.
         */
        List_Subject: {
            items: components["schemas"]["Subject"][];
            /** @description `null` at the end of the list. */
            next_cursor: string | null;
        };
        /**
         * @description One page of a list. The next one is at the `Link` header with `rel="next"`, or at the same
         *     address with `cursor`.
         */
        List_TestResult: {
            items: components["schemas"]["TestResult"][];
            /** @description `null` at the end of the list. */
            next_cursor: string | null;
        };
        /**
         * @description One page of a list. The next one is at the `Link` header with `rel="next"`, or at the same
         *     address with `cursor`.
         */
        List_TestRun: {
            items: components["schemas"]["TestRun"][];
            /** @description `null` at the end of the list. */
            next_cursor: string | null;
        };
        /**
         * @description One page of a list. The next one is at the `Link` header with `rel="next"`, or at the same
         *     address with `cursor`.
         */
        List_User: {
            items: components["schemas"]["User"][];
            /** @description `null` at the end of the list. */
            next_cursor: string | null;
        };
        /** @description What a message says. */
        LiveMessage: {
            /** @description Of a build, source or subject the public one, else a number; `null`: several of this kind. */
            id: unknown;
            /** @description `build`, `event`, `source`, `subject`, `refused`, `key`, `user` or `test`. */
            kind: string;
            /**
             * Format: int64
             * @description Number of the commit.
             */
            version: number;
        };
        LogEvent: {
            eventType: string | null;
            /** @description Its text. */
            message: unknown;
            notificationId: unknown;
            resource: unknown;
            subscriptionId: unknown;
            timestamp: components["schemas"]["Time"];
        };
        /** @description Lines that belong together. */
        LogGroup: {
            /** Format: int64 */
            duration_ms: number | null;
            /**
             * Format: int64
             * @description Its last line.
             */
            end: number;
            /** @description Whether its lines are shown from the start. */
            is_open: boolean;
            /**
             * Format: int32
             * @description Groups that it lies in.
             */
            level: number;
            /**
             * Format: int64
             * @description Its header.
             */
            start: number;
            started_at: components["schemas"]["Time"] | null;
            title: string;
        };
        /** @description A log: whose it is, and what is here of it. */
        LogHead: {
            /** Format: uuid */
            build_id: string;
            /** Format: int64 */
            bytes: number;
            /** @description Why it is not here: a stable word, and a sentence. */
            code: string | null;
            /** @description What was left out, as a sentence. */
            cut: string | null;
            /** Format: uuid */
            id: string;
            /** @description Whether its step was over when it was read. */
            is_complete: boolean;
            /**
             * Format: int64
             * @description Lines of the whole log.
             */
            lines: number;
            reason: string | null;
            state: components["schemas"]["AspectState"];
            step_id: string;
            /**
             * Format: int64
             * @description What it takes on disk.
             */
            stored_bytes: number;
        };
        LogHit: {
            /** Format: int64 */
            n: number;
            /** @description From and to, in UTF-16 units of the line's text. */
            spans: [
                number,
                number
            ][];
        };
        /** @description What was found in a log. */
        LogHits: {
            /** @description There are more than are listed, or time was up before the end. */
            is_cut: boolean;
            items: components["schemas"]["LogHit"][];
            /**
             * Format: int64
             * @description Of a very long line its beginning, as far as it is shown.
             */
            lines_searched: number;
            reason: string | null;
            state: components["schemas"]["AspectState"];
            /**
             * Format: int64
             * @description Lines in which it was found, also those not listed.
             */
            total: number;
        };
        /**
         * @description What a line is for.
         * @enum {string}
         */
        LogLevel: "error" | "warning" | "command" | "section" | "debug" | "group";
        LogLine: {
            at: components["schemas"]["Time"] | null;
            /** @description Characters of the whole line, where only its beginning is here. */
            cut: number | null;
            /**
             * Format: int32
             * @description Groups that it lies in.
             */
            depth: number;
            level: components["schemas"]["LogLevel"] | null;
            /**
             * Format: int64
             * @description From 1.
             */
            n: number;
            runs: components["schemas"]["LogRun"][];
        };
        /** @description Lines of a log. */
        LogLines: components["schemas"]["LogHead"] & {
            /**
             * Format: int64
             * @description Number of the first line that was asked for.
             */
            from: number;
            items: components["schemas"]["LogLine"][];
        };
        /** @description What a log holds. */
        LogOutline: components["schemas"]["LogHead"] & {
            /**
             * Format: int64
             * @description All of them.
             */
            error_count: number;
            /** @description Lines that tell of errors, at most the first 10,000 of them. */
            errors: number[];
            first_at: components["schemas"]["Time"] | null;
            /** @description At most 10,000. */
            groups: components["schemas"]["LogGroup"][];
            /** @description There are more. */
            groups_cut: boolean;
            last_at: components["schemas"]["Time"] | null;
            /** Format: int64 */
            warning_count: number;
            warnings: number[];
        };
        /** @description A piece of a line in one style; members that are false or null are not there. */
        LogRun: {
            bg?: string | null;
            bold?: boolean;
            dim?: boolean;
            /** @description `red`, `bright-red`, `#rrggbb`. */
            fg?: string | null;
            /** @description Where it leads: http or https. */
            href?: string | null;
            inverse?: boolean;
            italic?: boolean;
            strike?: boolean;
            text: string;
            underline?: boolean;
        };
        /** @description A day's events as the second guide logs them. */
        Logs: {
            count: number;
            date: string;
            events: components["schemas"]["LogEvent"][];
            next_cursor: string | null;
            /** @description The day has more than fits one answer: go on with `cursor`. */
            truncated: boolean;
        };
        /** @description Who did something. */
        Marker: {
            /** @description `person`, `key`, `owner`. */
            kind: string;
            name: string | null;
        };
        /**
         * @description `read`: look at everything but keys and users; `edit`: have events read again; `admin`: change
         *     keys, users and data.
         * @enum {string}
         */
        May: "read" | "edit" | "admin";
        /** @description Pass and failure of one commit, or a pass on retry. */
        MonitorBothWays: {
            alarm: components["schemas"]["MonitorBothWaysAlarm"];
            /** @description Patterns: `*`, `?`, `!` takes out, `@default` is the default branch. */
            branches: string[];
            on: boolean;
            pipelines: string[];
            recover: components["schemas"]["MonitorBothWaysRecover"];
        };
        MonitorBothWaysAlarm: {
            /** Format: int32 */
            events: number;
            /** Format: int32 */
            within_days: number;
        };
        /** @description So many days and clean runs, or so many clean runs, or so many days without failure. */
        MonitorBothWaysRecover: {
            /** Format: int32 */
            clean_runs: number;
            /** Format: int32 */
            days: number;
            /** Format: int32 */
            or_clean_runs: number;
            /** Format: int32 */
            quiet_days: number;
        };
        /**
         * @description `wilson`: both ends of the 95 % interval; `plain`: failed of considered, as it is.
         * @enum {string}
         */
        MonitorBounds: "wilson" | "plain";
        /** @description It fails now, and not for the first time. */
        MonitorBroken: {
            alarm: components["schemas"]["MonitorBrokenAlarm"];
            on: boolean;
            recover: components["schemas"]["MonitorBrokenRecover"];
        };
        MonitorBrokenAlarm: {
            /** Format: int32 */
            in_a_row: number;
            /** Format: int32 */
            min_runs: number;
            /** Format: int32 */
            of_runs: number;
            /** Format: double */
            percent: number;
        };
        MonitorBrokenRecover: {
            /** Format: int32 */
            absent_days: number;
            /** Format: int32 */
            passes: number;
        };
        /** @description How often the test fails. */
        MonitorFailures: {
            alarm: components["schemas"]["MonitorFailuresAlarm"];
            bounds: components["schemas"]["MonitorBounds"];
            branches: string[];
            /** Format: int32 */
            breakage: number;
            on: boolean;
            pipelines: string[];
            recover: components["schemas"]["MonitorFailuresRecover"];
            /** Format: int32 */
            runs: number;
        };
        MonitorFailuresAlarm: {
            /** Format: double */
            above_percent: number;
            /** Format: double */
            below_percent: number | null;
            /** Format: int32 */
            min_runs: number;
        };
        MonitorFailuresRecover: {
            /** Format: double */
            percent: number;
            /** Format: int32 */
            quiet_days: number;
        };
        /** @enum {string} */
        MonitorFlipCount: "into_failing" | "both_directions";
        /** @description How often the outcome changes from build to build. */
        MonitorFlips: {
            alarm: components["schemas"]["MonitorFlipsAlarm"];
            branches: string[];
            /**
             * Format: int32
             * @description So many failures in a row are a breakage, and left out; 0: nothing is.
             */
            breakage: number;
            count: components["schemas"]["MonitorFlipCount"];
            on: boolean;
            pipelines: string[];
            recover: components["schemas"]["MonitorFlipsRecover"];
            /**
             * Format: int32
             * @description Looks at so many runs.
             */
            runs: number;
        };
        /** @description All of it has to hold. */
        MonitorFlipsAlarm: {
            /** Format: int32 */
            flips: number;
            /** Format: int32 */
            min_runs: number;
            /** Format: double */
            percent: number;
        };
        /** @description One of it is enough. */
        MonitorFlipsRecover: {
            /** Format: int32 */
            flips: number;
            /** Format: double */
            percent: number;
            /** Format: int32 */
            quiet_days: number;
        };
        /** @description Settings that can be chosen whole. */
        MonitorPreset: {
            key: string;
            monitors: components["schemas"]["Monitors"];
            name: string;
        };
        /** @description What other settings would say. */
        MonitorPreview: {
            counts: components["schemas"]["PreviewCounts"];
            /** @description Tests that would be broken or flaky, the worst first, at most 500. */
            flagged: components["schemas"]["PreviewedTest"][];
            /** @description Those that are, and would not be. */
            no_longer: components["schemas"]["TestCase"][];
        };
        /** @description The settings that hold. */
        MonitorSettings: {
            monitors: components["schemas"]["Monitors"];
            presets: components["schemas"]["MonitorPreset"][];
            updated_at: components["schemas"]["Time"] | null;
            updated_by: components["schemas"]["Marker"] | null;
            /**
             * Format: int64
             * @description Pipelines of which the tests are still to be assessed by them.
             */
            waiting: number;
        };
        Monitors: {
            both_ways: components["schemas"]["MonitorBothWays"];
            broken: components["schemas"]["MonitorBroken"];
            failures: components["schemas"]["MonitorFailures"];
            flips: components["schemas"]["MonitorFlips"];
        };
        /** @description The person who is signed in. */
        Myself: {
            /**
             * Format: int64
             * @description `null` of somebody who is known to a proxy only.
             */
            id: number | null;
            name: string;
            role: components["schemas"]["Role"];
        };
        /** @description Why nobody can ask about a source. */
        NoToken: {
            /**
             * @description `no_token`, or `base_not_confirmed`: there is one that came in an address, and the source
             *     lives elsewhere than in the provider's own domain.
             */
            code: string;
            reason: string;
        };
        /** @enum {string} */
        NotTaken: "refused" | "failed";
        /**
         * @description How a build or step ended.
         * @enum {string}
         */
        Outcome: "unknown" | "skipped" | "success" | "unstable" | "aborted" | "failure";
        /**
         * @description Why it ended so, where the provider tells more.
         * @enum {string}
         */
        OutcomeDetail: "rejected" | "no_agent" | "timeout" | "infrastructure";
        /** @description An entry that the receiver did not take: those after it went on. */
        PassedOverEntry: {
            at: components["schemas"]["Time"];
            /** Format: int64 */
            entry_id: number;
            outcome: components["schemas"]["NotTaken"];
            reason: string;
        };
        /** @description A new password of one's own. */
        PasswordChange: {
            current: string;
            /** @description 12 letters or more, at most 1024 bytes. */
            new: string;
        };
        /** @description An alarm that is over. */
        PastAlarm: components["schemas"]["TestAlarm"] & {
            /** @description `runs`, `quiet`, `marked_fixed`. */
            because: string | null;
            until: components["schemas"]["Time"] | null;
        };
        /** @description A pipeline, with the newest builds of the branch that matters most. */
        Pipeline: {
            /**
             * @description What `builds` are of: the default branch where the provider tells it (Buildkite does), else
             *     `main`, `master`, `trunk` or `develop`, whichever has builds, else the busiest branch; `null`:
             *     no branch is known, and they are of all.
             */
            branch: string | null;
            /**
             * @description Whether `branch` may be taken for the default: it is told, or called so, or has five builds
             *     and half of the last 50.
             */
            branch_is_default: boolean;
            /** @description At most 30, newest first, without those of pull requests. */
            builds: components["schemas"]["PipelineBuild"][];
            last_build_at: components["schemas"]["Time"];
            /** @description Slug, else name, else the provider's own id: what the filter `pipeline` of builds takes. */
            pipeline: string;
            pipeline_name: string | null;
            project: string | null;
            provider: components["schemas"]["Provider"];
            /**
             * Format: int64
             * @description Builds that go on now, of all branches.
             */
            running: number;
            source: string | null;
            /**
             * Format: uuid
             * @description Two sources may be called the same; this tells them apart.
             */
            source_id: string;
        };
        /** @description A build in the history of a pipeline. */
        PipelineBuild: {
            /** Format: int64 */
            duration_ms: number | null;
            finished_at: components["schemas"]["Time"] | null;
            /** Format: uuid */
            id: string;
            label: string | null;
            /** Format: int64 */
            number: number | null;
            /** Format: int64 */
            queue_ms: number | null;
            result: components["schemas"]["Outcome"] | null;
            started_at: components["schemas"]["Time"] | null;
            state: components["schemas"]["State"];
        };
        PreviewCounts: {
            /** Format: int64 */
            broken: number;
            /** Format: int64 */
            flaky: number;
            /** Format: int64 */
            healthy: number;
            /** Format: int64 */
            new: number;
            /** Format: int64 */
            no_longer: number;
            /** Format: int64 */
            watching: number;
        };
        PreviewedTest: components["schemas"]["TestCase"] & {
            /** @description It is neither broken nor flaky by the settings that hold. */
            is_new: boolean;
        };
        /** @description What a problem looks like on the wire. */
        ProblemDocument: {
            code: components["schemas"]["Code"];
            detail: string;
            /** @description The sentence of `detail`, for clients of the receivers that Creel replaces. */
            error: string;
            /** @description What is wrong where, with 422. */
            errors?: components["schemas"]["Fault"][];
            /**
             * Format: uuid
             * @description Names this answer, also in the header `X-Request-Id` and in the server's log.
             */
            request_id: string;
            retryable: boolean;
            /** Format: int32 */
            status: number;
            title: string;
            /** @description Address of the page that explains the code, on this server: `/problems/<code>`. */
            type: string;
        };
        /**
         * @description Family of a sender.
         * @enum {string}
         */
        Provider: "azure_devops" | "buildkite" | "github" | "gitlab" | "jenkins" | "teamcity" | "circleci" | "reporter" | "other";
        PullRequest: {
            /** Format: int64 */
            number: number;
            /** @description Branch it wants to enter. */
            target: string | null;
        };
        /** @description A queue of Buildkite, or a pool of Azure DevOps. */
        Queue: {
            /** Format: int64 */
            busy: number;
            /** @description Azure DevOps does not tell when a job could have run: such waits are at least as long. */
            is_estimated: boolean;
            /** @description The provider's own machines. */
            is_hosted: boolean;
            /**
             * Format: int64
             * @description Agents that are there, and those of them that are at work.
             */
            online: number;
            /** @description `null`: of jobs that name none. */
            pool: string | null;
            provider: components["schemas"]["Provider"];
            /** Format: int64 */
            running: number;
            /** Format: uuid */
            source_id: string;
            /**
             * Format: int64
             * @description What half of the jobs of the last 24 hours, and all but 5 %, did not wait longer than.
             */
            wait_p50_ms: number | null;
            /** Format: int64 */
            wait_p95_ms: number | null;
            /**
             * Format: int64
             * @description Jobs that could run and do not.
             */
            waiting: number;
            waiting_since: components["schemas"]["Time"] | null;
            /** @description `wait_p95_ms` hour by hour; the last of the 24 is the last hour, `null`: no job began in it. */
            waits: (number | null)[];
        };
        /** @description Entries that will be read again. */
        Queued: {
            /** @description Left as they are: their bodies are no longer kept, and what was read of them stays. */
            gone: number;
            queued: number;
        };
        /** @description An end of a range: the number of an entry, or a time. */
        RangeEnd: number | string;
        /** @description One reason. */
        Reason: {
            /** @description `test_failure`, `compile_error`, `timeout`, `agent_lost` and others; `unknown` where nothing tells. */
            kind: string;
            /**
             * Format: int64
             * @description The line of that log that tells.
             */
            line: number | null;
            /** @description That line and what belongs to it. */
            lines: components["schemas"]["WhyLine"][];
            log_id: string | null;
            sentence: string;
            step_id: string | null;
        };
        /** @description Requests that were turned away for one reason within one minute. */
        Refusal: {
            /** @description Where the last of them came from. */
            address: string;
            /** @description The last of them. */
            at: components["schemas"]["Time"];
            /** @description Code of the problem document they were answered with. */
            code: string;
            /** Format: int64 */
            count: number;
            /** Format: int64 */
            id: number;
            /**
             * Format: int64
             * @description The key that was sent, when it is one of ours.
             */
            key_id: number | null;
            provider: components["schemas"]["Provider"];
            route: string;
        };
        Repetition: {
            at: components["schemas"]["Time"];
        };
        /** @description Which entries to read again. Empty: all that were read. */
        ReplayWish: {
            /**
             * Format: int64
             * @description Only entries read by a decoder older than this.
             */
            decoder_below?: number | null;
            from?: components["schemas"]["RangeEnd"] | null;
            provider?: string | null;
            /** @description `done` or `parked`. */
            status?: string | null;
            to?: components["schemas"]["RangeEnd"] | null;
            /** @description The provider's own word, bare or as `azure:git.push`. */
            type?: string | null;
        };
        /** @description What became of a report. */
        Reported: {
            /**
             * Format: uuid
             * @description The build it belongs to.
             */
            build_id: string | null;
            /** Format: int64 */
            entry_id: number;
            files: components["schemas"]["ReportedFile"][];
            received: boolean;
            /** @description `stored`: it is on disk, and is filed next. */
            status: string;
            /** @description Of all files together. */
            tests: components["schemas"]["Tests"];
            /** @description The build's page; `null` unless `server.public_url` says where the pages are. */
            url: string | null;
        };
        /** @description A file of a report, as it was read. */
        ReportedFile: components["schemas"]["Tests"] & {
            /** @description What was left out to stay within bounds. */
            cut: string | null;
            /** @description Where reading ended before the file did, and why. */
            error: string | null;
            file: string;
            /** @description `junit`, `trx`, ...; `null` when it is no report of tests. */
            format: string | null;
        };
        /**
         * @description What a person may do; each may do what those before it may.
         * @enum {string}
         */
        Role: "viewer" | "editor" | "admin";
        /** @description A build, in few words. */
        RunBuild: {
            /** @description Its place in lists: the earliest time that is known. */
            at: components["schemas"]["Time"];
            branch: string | null;
            commit: string | null;
            /** Format: uuid */
            id: string;
            label: string | null;
            /** Format: int64 */
            number: number | null;
            /** Format: int64 */
            pull_request: number | null;
            result: components["schemas"]["Outcome"] | null;
            started_at: components["schemas"]["Time"] | null;
            state: components["schemas"]["State"];
        };
        /**
         * @description How a run of a test ended.
         * @enum {string}
         */
        RunOutcome: "passed" | "failed" | "retried" | "skipped";
        /** @description How far the sample data is. */
        Sample: {
            /**
             * Format: int64
             * @description Builds and events of its sources that are here now.
             */
            builds: number;
            /** Format: int64 */
            events: number;
            state: components["schemas"]["SampleState"];
        };
        /**
         * @description `loading`: hooks are being stored or read; `removing`: they are being forgotten.
         * @enum {string}
         */
        SampleState: "absent" | "loading" | "present" | "removing";
        /**
         * @description What a key may do.
         * @enum {string}
         */
        Scope: "ingest" | "read" | "admin";
        /** @description What a rotation came to. */
        SecretsRotated: {
            /** @description Where the server keeps the old key: backups from before need it. */
            old_key: string;
            /**
             * Format: int64
             * @description Secrets that were sealed anew.
             */
            secrets: number;
        };
        /** @description A report of a scanner: what it says of itself, as far as its shape is known. */
        SecurityReport: {
            at: components["schemas"]["Time"];
            /** Format: uuid */
            build_id: string;
            /** Format: int64 */
            bytes: number;
            /** @description Findings by severity: `critical`, `high`, `medium`, `low`, `info`, `unknown`. */
            counts: {
                [key: string]: number;
            } | null;
            /** Format: int64 */
            entry_id: number;
            /** Format: uuid */
            id: string;
            /** @description Whether it can be had here; one of more than 4 MiB lies with its entry alone. */
            is_kept: boolean;
            name: string | null;
            tool: string | null;
        };
        /** @description Who is asking, and what a page has to know before it asks for more. */
        Session: {
            /** @description What the asker may do. */
            may: components["schemas"]["May"][];
            /** @description Address by which senders reach this server, where the settings name one. */
            public_url: string | null;
            /** @description Whether there is no administrator yet: then the link that the server printed makes one. */
            setup_needed: boolean;
            user: components["schemas"]["Myself"] | null;
            version: string;
            via: components["schemas"]["Via"] | null;
        };
        /** @description A person in one browser. */
        SessionItem: {
            /** @description Address it was begun from. */
            address: string | null;
            created_at: components["schemas"]["Time"];
            /** @description Whether it is the asker's. */
            current: boolean;
            /** @description It ends then at the latest, and earlier when nothing is heard of it for a week. */
            expires_at: components["schemas"]["Time"];
            /** Format: int64 */
            id: number;
            last_seen_at: components["schemas"]["Time"];
            user: components["schemas"]["SessionUser"];
            /** @description What the browser calls itself. */
            user_agent: string | null;
        };
        SessionUser: {
            /** Format: int64 */
            id: number;
            name: string;
        };
        /** @description A link's token and the password that is chosen by it. */
        SetUp: {
            /** @description Of the first administrator; everybody else has a name already. */
            name?: string | null;
            /** @description 12 letters or more, at most 1024 bytes. */
            password: string;
            /** @description What stands behind `token=` in the link. */
            token: string;
        };
        /** @description A name and its password. */
        SignIn: {
            name: string;
            password: string;
        };
        /** @description A sender. */
        Source: {
            access: components["schemas"]["SourceAccess"] | null;
            base_url: string | null;
            /** @description Least that came along with an event. */
            details: components["schemas"]["Details"];
            /** Format: int64 */
            duplicates_24h: number;
            /** Format: int64 */
            events_24h: number;
            health: components["schemas"]["Health"];
            /** Format: uuid */
            id: string;
            /**
             * Format: int64
             * @description What 95 of 100 events stay below on their way from the happening to here: an upper bound,
             *     since delays are counted by powers of 2 in milliseconds.
             */
            lag_p95_ms: number | null;
            last_event_at: components["schemas"]["Time"];
            /** @description What people call it, else its GUID. */
            name: string | null;
            /** Format: int64 */
            parked_24h: number;
            provider: components["schemas"]["Provider"];
            /**
             * Format: int64
             * @description Requests turned away that came with a key of this source. Those without a known key are in
             *     `/refusals` alone: they may be anybody's.
             */
            refused_24h: number;
        };
        /** @description With which tokens a source is asked about; `null` where it is of a provider that is not asked. */
        SourceAccess: {
            none: components["schemas"]["NoToken"] | null;
            read: components["schemas"]["SourceToken"] | null;
            write: components["schemas"]["SourceToken"] | null;
        };
        SourceHealth: {
            lastEvent: components["schemas"]["Time"];
            /** Format: int64 */
            minutesSinceLastEvent: number;
            name: string | null;
            provider: components["schemas"]["Provider"];
            status: components["schemas"]["HooksStatus"];
        };
        /** @description What of a token is shown with a source that is asked about with it. */
        SourceToken: {
            /** @description Where the questions go to. */
            base: string;
            expires_at: components["schemas"]["Time"] | null;
            id: string;
            last_error: components["schemas"]["AccessTrouble"] | null;
            last_ok_at: components["schemas"]["Time"] | null;
            missing: string[];
            origin: components["schemas"]["AccessOrigin"];
            state: components["schemas"]["AccessState"];
            who: string | null;
        };
        /** @description How far asking about one aspect has come. */
        Standing: {
            aspect: components["schemas"]["Aspect"];
            at: components["schemas"]["Time"] | null;
            /** @description A stable word for what keeps it. */
            code: string | null;
            /**
             * Format: int64
             * @description Of logs: how many are here, and how many there are.
             */
            done: number | null;
            next_at: components["schemas"]["Time"] | null;
            reason: string | null;
            state: components["schemas"]["AspectState"];
            /** Format: int64 */
            total: number | null;
            /**
             * Format: int32
             * @description How often it was tried in vain.
             */
            tries: number;
        };
        Standings: {
            fix: components["schemas"]["Fix"] | null;
            items: components["schemas"]["Standing"][];
        };
        /**
         * @description How far a build or step has come. `waiting`: for a person, an approval or an unblock.
         * @enum {string}
         */
        State: "queued" | "running" | "waiting" | "finished";
        /** @description A step of a build. Each attempt is a step of its own. */
        Step: {
            agent: string | null;
            /** Format: int32 */
            attempt: number;
            /** @description Who let it go on, of a gate. */
            by: string | null;
            created_at: components["schemas"]["Time"] | null;
            detail: components["schemas"]["OutcomeDetail"] | null;
            /**
             * Format: int64
             * @description All of them: providers list the first ones only.
             */
            error_count: number;
            /** Format: int64 */
            exit_status: number | null;
            finished_at: components["schemas"]["Time"] | null;
            /** @description Unique within the build; `#2` and so on for later attempts. */
            id: string;
            issues: components["schemas"]["StepIssue"][];
            kind: components["schemas"]["StepKind"];
            /**
             * Format: int64
             * @description Its first line in that log, and how many there are, where that is known.
             */
            log_from: number | null;
            /** @description The log it is in; that of a task may be part of its job's. */
            log_id: string | null;
            /** Format: int64 */
            log_lines: number | null;
            name: string | null;
            /**
             * Format: int64
             * @description Place among its siblings, where the provider tells.
             */
            order: number | null;
            /** @description `null` at the top. */
            parent_id: string | null;
            /** @description Pool or queue that it waited in. */
            queue: string | null;
            queued_at: components["schemas"]["Time"] | null;
            /** @description The provider's own word. */
            raw_result: string | null;
            result: components["schemas"]["Outcome"] | null;
            /** @description Failed, but allowed to. */
            soft_failed: boolean;
            started_at: components["schemas"]["Time"] | null;
            state: components["schemas"]["State"];
            /** @description A later try took its place. */
            superseded: boolean;
            /** @description What it runs: `CmdLine@2.237.1`. */
            task: string | null;
            /** @description Its page at the provider. */
            url: string | null;
            /** Format: int64 */
            warning_count: number;
        };
        /** @description Something the provider noted on a step. */
        StepIssue: {
            kind: components["schemas"]["IssueKind"];
            /**
             * Format: int64
             * @description In the log of the step.
             */
            line: number | null;
            message: string;
        };
        /** @enum {string} */
        StepKind: "stage" | "job" | "task" | "gate";
        /** @description Storage as it is. */
        Storage: {
            classes: components["schemas"]["StorageClass"][];
            disk: components["schemas"]["Disk"];
            files: components["schemas"]["StorageFile"][];
            forecast: components["schemas"]["StorageForecast"];
            /** @description One size of each day, oldest first. */
            history: components["schemas"]["StorageSize"][];
        };
        /** @description A class of data, what bounds it, and what retention has done to it. */
        StorageClass: {
            /**
             * Format: int64
             * @description How long it is kept; `null`: for ever.
             */
            age_ms: number | null;
            /** @description `bodies`, `events`, `builds`, `logs` or `aggregates`. */
            class: string;
            /** @description File that holds it. */
            file: string;
            /**
             * Format: int64
             * @description Older than its age, but still needed: not read or not sent on yet, parked, sample data.
             */
            held: number;
            last_run_at: components["schemas"]["Time"] | null;
            oldest_at: components["schemas"]["Time"] | null;
            /**
             * Format: int64
             * @description In whole pages, which are filled again.
             */
            reclaimed_bytes: number;
            /**
             * Format: int64
             * @description Removed since the beginning.
             */
            removed: number;
            /**
             * Format: int64
             * @description What may be in use of its file; `null`: no limit.
             */
            size_bytes: number | null;
        };
        StorageFile: {
            /** Format: int64 */
            bytes: number;
            /**
             * Format: int64
             * @description The write-ahead log beside it, which is used again and again.
             */
            log_bytes: number;
            /** @description `journal.db`, `books.db`, or `logs/`: all files in it. */
            name: string;
            /**
             * Format: int64
             * @description The rest is free, and filled before the file grows.
             */
            used_bytes: number;
        };
        /** @description What is to be expected if as much is written as in the last two weeks. */
        StorageForecast: {
            full_at: components["schemas"]["Time"] | null;
            levels_off_at: components["schemas"]["Time"] | null;
            /**
             * Format: int64
             * @description In use by then.
             */
            levels_off_bytes: number | null;
            outlook: components["schemas"]["StorageOutlook"];
            /** @description The same for people. */
            sentence: string;
            /** Format: int64 */
            written_per_day_bytes: number | null;
        };
        /**
         * @description `unknown`: too little of a past; `enough`: the mark is not reached within five years;
         *     `runs_out`: it is; `low`: the disk is below it now.
         * @enum {string}
         */
        StorageOutlook: "unknown" | "enough" | "runs_out" | "low";
        /** @description In use at a time. */
        StorageSize: {
            at: components["schemas"]["Time"];
            /** Format: int64 */
            books_bytes: number;
            /** Format: int64 */
            journal_bytes: number;
            /** Format: int64 */
            logs_bytes: number;
        };
        /** @description A run in a strip. */
        StripRun: {
            at: components["schemas"]["Time"];
            /** Format: uuid */
            build_id: string;
            /** @description By the infrastructure guard: left out of everything. */
            excluded: boolean;
            label: string | null;
            /** Format: int64 */
            number: number | null;
            outcome: components["schemas"]["RunOutcome"];
        };
        /** @description A subject. */
        Subject: {
            deployment: components["schemas"]["Deployment"] | null;
            /** @description Its address here. */
            key: string;
            kind: components["schemas"]["SubjectKind"];
            last_event_at: components["schemas"]["Time"] | null;
            project: string | null;
            source: string | null;
            /** @description `open`, `merged`, ... where there is a common word; the project's own for work items. */
            state: string | null;
            title: string | null;
            url: string | null;
        };
        /** @description A subject and what happened to it. */
        SubjectDetail: components["schemas"]["Subject"] & {
            /** @description Newest first; `cursor` and `limit` of the address page through it. */
            events: components["schemas"]["List_Event"];
        };
        /** @enum {string} */
        SubjectKind: "pull_request" | "work_item" | "repository" | "release" | "deployment" | "agent";
        /** @description An alarm of a monitor. */
        TestAlarm: {
            /** @description The build that gave alarm, while it is kept. */
            build_id: string | null;
            /** @description Somebody had marked the test fixed less than 30 days before. */
            came_back: boolean;
            /** @description `broken`, `both_ways`, `flips`, `failures`. */
            monitor: string;
            since: components["schemas"]["Time"];
            /** @description What speaks for it: of an open one as it stands now. */
            text: string;
        };
        /** @description A test, whatever build it ran in. */
        TestCase: {
            /** @description Those that are open. */
            alarms: components["schemas"]["TestAlarm"][];
            /** Format: uuid */
            case_id: string;
            class: string | null;
            /** Format: int32 */
            failed: number;
            first_seen_at: components["schemas"]["Time"];
            last: components["schemas"]["LastRun"] | null;
            last_failed_at: components["schemas"]["Time"] | null;
            name: string;
            /** Format: double */
            p50_ms: number | null;
            /** Format: double */
            p95_ms: number | null;
            pipeline: string | null;
            pipeline_name: string | null;
            provider: components["schemas"]["Provider"] | null;
            rate: components["schemas"]["TestRate"];
            /** Format: int32 */
            retried: number;
            /**
             * Format: int32
             * @description Builds that it ran in, and of those how many failed, or passed on retry: since it was marked fixed.
             */
            runs: number;
            since: components["schemas"]["Time"] | null;
            source: string | null;
            status: components["schemas"]["TestHealth"];
            /** @description Newest first, at most 30: of the default branch, of all branches where it never ran on that. */
            strip: components["schemas"]["StripRun"][];
            suite: string | null;
            /** @description An axis of a matrix. */
            variant: string | null;
            /** @description Why it is watched. */
            watching: string | null;
        };
        /** @description A test with all that is known of it. */
        TestDetail: components["schemas"]["TestCase"] & {
            /** @description Branches that it ran on, the default first. */
            branches: string[];
            default_branch: string | null;
            epoch_at: components["schemas"]["Time"] | null;
            /**
             * Format: int32
             * @description Builds that the infrastructure guard left out.
             */
            excluded: number;
            flips: components["schemas"]["TestFlips"];
            /** Format: int32 */
            lost_builds_14d: number;
            /**
             * Format: int64
             * @description Builds that it alone turned red in 14 days, times how long those builds take.
             */
            lost_ms_14d: number | null;
            marked_fixed_by: components["schemas"]["Marker"] | null;
            /** @description What it said in its newest failures, the commonest first. */
            messages: components["schemas"]["TestMessage"][];
            /** @description Alarms that are over, the newest last. */
            past: components["schemas"]["PastAlarm"][];
        };
        TestFlips: {
            /** Format: int32 */
            considered: number;
            /** Format: int32 */
            flips: number;
            /**
             * Format: int32
             * @description With fewer there is not enough data.
             */
            wanted: number;
        };
        /**
         * @description How a test is, the worst first.
         * @enum {string}
         */
        TestHealth: "broken" | "flaky" | "watching" | "healthy";
        /** @description A page of tests. */
        TestList: {
            items: components["schemas"]["TestCase"][];
            next_cursor: string | null;
            summary: components["schemas"]["TestSummary"];
        };
        /** @description A message of failures. */
        TestMessage: {
            /** Format: int32 */
            count: number;
            last_at: components["schemas"]["Time"];
            last_build_id: string | null;
            text: string;
        };
        /** @description How often it fails, as the monitor of failures sees it. */
        TestRate: {
            /** Format: int32 */
            considered: number;
            /** Format: int32 */
            failed: number;
            /** Format: double */
            high: number;
            /**
             * Format: double
             * @description In percent: between these the truth lies with 95 %.
             */
            low: number;
            /**
             * Format: int32
             * @description With fewer there is not enough data.
             */
            wanted: number;
        };
        /** @description One run of one test. */
        TestResult: {
            agent: string | null;
            /**
             * Format: int64
             * @description Of its job.
             */
            attempt: number;
            /**
             * Format: uuid
             * @description The test, whatever build it ran in.
             */
            case_id: string;
            /** @description How the test is by now, whatever this result. */
            case_status: components["schemas"]["TestHealth"];
            class: string | null;
            /** Format: double */
            duration_ms: number | null;
            /** @description Unique within its build. */
            id: string;
            /** @description It passed only when its runner tried it again. */
            is_retried: boolean;
            job: string | null;
            message: string | null;
            name: string;
            sentence: components["schemas"]["TestSentence"] | null;
            stack: string | null;
            status: components["schemas"]["TestStatus"];
            suite: string | null;
            /** @description An axis of a matrix. */
            variant: string | null;
        };
        /** @description A result of a test. Tries are results of their own. */
        TestRun: {
            agent: string | null;
            /**
             * Format: int64
             * @description Of its job.
             */
            attempt: number;
            build: components["schemas"]["RunBuild"];
            /** Format: double */
            duration_ms: number | null;
            /** @description By the infrastructure guard: left out of everything. */
            excluded: boolean;
            /** @description "16 of 20 tests failed at once". */
            excluded_because: string | null;
            /** @description Unique within the test. */
            id: string;
            /** @description Not one of a try that another took the place of. */
            is_counted: boolean;
            job: string | null;
            message: string | null;
            outcome: components["schemas"]["RunOutcome"];
            stack: string | null;
            status: components["schemas"]["TestStatus"];
        };
        /** @description What to make of a failure. */
        TestSentence: {
            /** @description The build that it names. */
            build_id: string | null;
            /**
             * @description `broken_since`, `new_failure`, `also_on_default`, `known_flaky`, `little_history`;
             *     `left_out`: by the infrastructure guard.
             */
            kind: string;
            /** Format: int64 */
            number: number | null;
            /** @description "Broken since #812 (3 commits, 2 authors)" */
            text: string;
        };
        /** @description Results that came together. */
        TestSet: components["schemas"]["Tests"] & {
            agent: string | null;
            at: components["schemas"]["Time"];
            /** Format: int64 */
            attempt: number;
            /** Format: double */
            duration_ms: number | null;
            /** @description The files they came in. */
            files: unknown[];
            id: string;
            /**
             * @description Whether they are part of the build's totals: of several who tell of one build, one counts, and
             *     of a job that was tried again, the last try.
             */
            is_counted: boolean;
            job: string | null;
            name: string | null;
            /** @description `report`, `ingest`, `collector`, `api`, `artifact`: who told of them. */
            origin: string;
            /**
             * Format: int64
             * @description Of the passed: only when they were tried again.
             */
            retried: number;
            variant: string | null;
        };
        /** @description The sets of a build. */
        TestSets: {
            items: components["schemas"]["TestSet"][];
            /**
             * Format: int64
             * @description Reports that are stored and not yet filed.
             */
            waiting: number;
        };
        /**
         * @description How a test ended. `errored`: without a verdict, it broke off or timed out.
         * @enum {string}
         */
        TestStatus: "passed" | "failed" | "errored" | "skipped";
        /** @description How many tests of the pipeline or source are how, whatever else is asked for. */
        TestSummary: {
            /** Format: int64 */
            broken: number;
            /** Format: int64 */
            flaky: number;
            /** Format: int64 */
            healthy: number;
            /** Format: int64 */
            total: number;
            /** Format: int64 */
            watching: number;
        };
        Tests: {
            /**
             * Format: int64
             * @description Ended without a verdict.
             */
            errored: number;
            /** Format: int64 */
            failed: number;
            /** Format: int64 */
            passed: number;
            /** Format: int64 */
            skipped: number;
            /** Format: int64 */
            total: number;
        };
        /**
         * Format: date-time
         * @description RFC 3339 in UTC, to the millisecond
         */
        Time: string;
        /**
         * @description Who told of an agent: the provider when it was asked, a hook, or nobody but the jobs it ran.
         * @enum {string}
         */
        ToldBy: "api" | "hook" | "jobs" | "reporter";
        /**
         * @description `lacking`: the token may not; `unknown`: it could not be tried.
         * @enum {string}
         */
        TriedOutcome: "ok" | "lacking" | "unknown";
        /** @description A person. */
        User: {
            created_at: components["schemas"]["Time"];
            /** Format: int64 */
            id: number;
            last_seen_at: components["schemas"]["Time"] | null;
            name: string;
            role: components["schemas"]["Role"];
            state: components["schemas"]["UserState"];
        };
        /** @description What to change of a person. */
        UserChange: {
            /** @description Somebody who is disabled is signed out and cannot sign in. */
            disabled?: boolean | null;
            role?: components["schemas"]["Role"] | null;
        };
        /** @description A link by which a person chooses a password. */
        UserLink: {
            expires_at: components["schemas"]["Time"];
            /** @description Shown this once; counts once. */
            link: string;
            user: components["schemas"]["User"];
        };
        /**
         * @description `invited`: has a link and no password yet.
         * @enum {string}
         */
        UserState: "active" | "invited" | "disabled";
        /** @description A person to be added. */
        UserWish: {
            name: string;
            role: components["schemas"]["Role"];
        };
        /**
         * @description How an asker is known: `demo`: by nothing; everybody is the administrator of a demo.
         * @enum {string}
         */
        Via: "session" | "proxy" | "demo";
        /** @description The two health answers of the first guide in one. */
        WebhooksHealth: {
            /** Format: int64 */
            errors: number;
            eventCounts: {
                [key: string]: number;
            };
            lastEvent: components["schemas"]["Time"] | null;
            metrics: components["schemas"]["WebhooksMetrics"];
            /**
             * Format: int64
             * @description -1: there was none yet.
             */
            minutesSinceLastEvent: number;
            /** Format: int64 */
            processed: number;
            /** Format: int64 */
            received: number;
            sources: components["schemas"]["SourceHealth"][];
            status: components["schemas"]["HooksStatus"];
            /**
             * Format: int64
             * @description Seconds since the start.
             */
            uptime: number;
        };
        WebhooksMetrics: {
            byType: {
                [key: string]: number;
            };
            /** Format: int64 */
            errors: number;
            lastEvent: components["schemas"]["Time"] | null;
            /** Format: int64 */
            processed: number;
            /** Format: int64 */
            received: number;
        };
        Why: {
            /** @description Steps that failed by themselves, all of them. */
            failed_steps: number;
            /** @description One per step that failed by itself, what broke first first; at most five. */
            items: components["schemas"]["Reason"][];
            /** @description The first of them, in short; `null` while nothing is wrong. */
            sentence: string | null;
        };
        /** @description A line of a log. */
        WhyLine: {
            /** Format: int64 */
            n: number;
            text: string;
        };
        Wished: {
            /** Format: int64 */
            queued: number;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    listAccess: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every token, without the token */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessList"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    setAccess: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AccessWish"];
            };
        };
        responses: {
            /** @description The token, without the token */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Access"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    unsetAccess: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the token */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Forgotten */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    checkAccess: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the token */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What it has shown */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AccessCheck"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listAgents: {
        parameters: {
            query?: {
                /** @description Name, base address, GUID or id of the sender */
                source?: string;
                /** @description Name of the pool or queue */
                pool?: string;
                /** @description What it is doing */
                state?: components["schemas"]["AgentState"];
                /** @description A part of its name, its host's or its pool's */
                q?: string;
                /** @description Items of a page: 50, at most 500 */
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of agents */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_Agent"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listAgentRuns: {
        parameters: {
            query?: {
                /** @description At work after this time: 24 hours before `until` */
                since?: string;
                /** @description At work before this time: now. At most 7 days after `since` */
                until?: string;
                /** @description Id of an agent */
                agent?: string;
                /** @description Name of the pool or queue */
                pool?: string;
                /** @description Name, base address, GUID or id of the sender */
                source?: string;
                /** @description Items of a page: 500, at most 5000 */
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of jobs */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_AgentRun"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listAudit: {
        parameters: {
            query?: {
                /** @description A name; `person`, `key`, `owner`, `link`, `stranger` or `creel`; or a kind and a number as in `key:7` */
                who?: string;
                /** @description A word as `key.created` */
                action?: string;
                /** @description Not older than this: RFC 3339, or a day */
                since?: string;
                /** @description Older than this */
                until?: string;
                /** @description Items of a page: 50, at most 500 */
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of what was done; filters may make it a short one with a cursor */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_AuditItem"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listBuilds: {
        parameters: {
            query?: {
                /** @description Family of the sender */
                provider?: components["schemas"]["Provider"];
                /** @description Name, base address, GUID or id of the sender */
                source?: string;
                /** @description Name or GUID */
                project?: string;
                /** @description Slug, name or the provider's own id */
                pipeline?: string;
                /** @description Without `refs/heads/` */
                branch?: string;
                /** @description Number of the pull request it is of */
                pull_request?: number;
                /** @description How far it has come */
                state?: components["schemas"]["State"];
                /** @description How it ended */
                result?: components["schemas"]["Outcome"];
                /** @description Not older than this: RFC 3339, or a day */
                since?: string;
                /** @description Older than this */
                until?: string;
                /** @description A word in pipeline, label, number, project, branch, commit, message or person */
                q?: string;
                /** @description The provider's own id */
                external_id?: string;
                /** @description Items of a page: 50, at most 500 */
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of builds; filters without an index may return a short page with a cursor */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_Build"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getBuild: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the build */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The build */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Build"];
                };
            };
            /** @description It turned out to be another build: see `Location` */
            301: {
                headers: {
                    /** @description The build it is now */
                    Location?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listAnnotations: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the build */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All that the provider lists */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Annotations"];
                };
            };
            /** @description It turned out to be another build: see `Location` */
            301: {
                headers: {
                    /** @description The build it is now */
                    Location?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listArtifacts: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the build */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All that the provider lists */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Artifacts"];
                };
            };
            /** @description It turned out to be another build: see `Location` */
            301: {
                headers: {
                    /** @description The build it is now */
                    Location?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listChanges: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the build */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Newest first, at most 500 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Changes"];
                };
            };
            /** @description It turned out to be another build: see `Location` */
            301: {
                headers: {
                    /** @description The build it is now */
                    Location?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getEnrichment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the build */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Aspect by aspect */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Standings"];
                };
            };
            /** @description It turned out to be another build: see `Location` */
            301: {
                headers: {
                    /** @description The build it is now */
                    Location?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    askAgain: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the build */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It will be asked */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Wished"];
                };
            };
            /** @description It turned out to be another build: see `Location` */
            301: {
                headers: {
                    /** @description The build it is now */
                    Location?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nobody to ask: no token was given, or the provider cannot be asked */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listFacts: {
        parameters: {
            query?: {
                /** @description Items of a page: 50, at most 500 */
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description Id of the build */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of facts */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_Fact"];
                };
            };
            /** @description It turned out to be another build: see `Location` */
            301: {
                headers: {
                    /** @description The build it is now */
                    Location?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getLastGreen: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the build */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It, if there is one */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LastGreen"];
                };
            };
            /** @description It turned out to be another build: see `Location` */
            301: {
                headers: {
                    /** @description The build it is now */
                    Location?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listSteps: {
        parameters: {
            query?: {
                /** @description Items of a page, at most 500; all (up to 5,000) when absent */
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description Id of the build */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The steps */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_Step"];
                };
            };
            /** @description It turned out to be another build: see `Location` */
            301: {
                headers: {
                    /** @description The build it is now */
                    Location?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listTestSets: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the build */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Sets of results, those that count first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TestSets"];
                };
            };
            /** @description It turned out to be another build: see `Location` */
            301: {
                headers: {
                    /** @description The build it is now */
                    Location?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listBuildTests: {
        parameters: {
            query?: {
                /** @description How they ended */
                status?: components["schemas"]["TestStatus"];
                /** @description A word in suite, class or name */
                q?: string;
                /** @description Name of the job they ran in */
                job?: string;
                /** @description Of this test alone, each time it ran */
                case_id?: string;
                /** @description `outcome` (if nothing is said): those that did not pass first; `duration`: the longest first; or `name` */
                sort?: string;
                /** @description `last` (if nothing is said), or `all`: also of tries that another took the place of */
                attempts?: string;
                /** @description Items of a page: 50, at most 500 */
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description Id of the build */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of results */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_TestResult"];
                };
            };
            /** @description It turned out to be another build: see `Location` */
            301: {
                headers: {
                    /** @description The build it is now */
                    Location?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getWhy: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the build */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The reasons; none of a build that is not red */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Why"];
                };
            };
            /** @description It turned out to be another build: see `Location` */
            301: {
                headers: {
                    /** @description The build it is now */
                    Location?: string;
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    compareBuilds: {
        parameters: {
            query: {
                /** @description Id of the build before */
                base: string;
                /** @description Id of the build after */
                head: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description At most 500 tests of each list; the counts are whole */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Comparison"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description One of the builds is not there: `detail` names it */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listEvents: {
        parameters: {
            query?: {
                /** @description The provider's own word, bare or as `azure:git.push` */
                type?: string;
                /** @description Ours: `build.finished`, `push`, ... */
                kind?: string;
                /** @description Name, base address, GUID or id of the sender */
                source?: string;
                /** @description Key of a subject, or `build:` and the id of a build */
                subject?: string;
                /** @description What became of it */
                status?: components["schemas"]["EventStatus"];
                /** @description Received then or later: RFC 3339, or a day */
                since?: string;
                /** @description Received before */
                until?: string;
                /** @description The free word of `/hooks/{channel}` */
                channel?: string;
                /** @description The number of an entry, or a word in type, kind, reason, channel or subject, whatever the case. Bodies and headers are not searched; of an event that waits to be read, kind and subject are not known yet */
                q?: string;
                /** @description Items of a page: 50, at most 500 */
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_Event"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    importEvents: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ImportWish"];
            };
        };
        responses: {
            /** @description On disk; what is new is read next */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Imported"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    replayEvents: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ReplayWish"];
            };
        };
        responses: {
            /** @description These many will be read again that were not queued already */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Queued"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getEvent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Number of the entry */
                entry_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The event */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["EventDetail"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    replayEvent: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Number of the entry */
                entry_id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It will be read again */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Queued"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Its body is no longer kept (`body_gone`) */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listForwards: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them, in the order of their names */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_Forward"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    ingestAgentsV1: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description `jenkinsInstanceId` and `agents` */
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description Stored, and filed next */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ingested"];
                };
            };
            /** @description Not JSON, or it identifies nothing: `detail` names the member; kept as it came */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, bad or stale signature; nothing stored */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key lacks `ingest`, or its network is not allowed; nothing stored */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Hooks are sent with POST */
            405: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body took longer than `limits.slow_sender`; nothing stored */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Larger than 16 MiB, also after decompression; nothing stored */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A sender without a valid key over its rate; nothing stored */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Cannot be stored now, or a known sender over its rate: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    ingestLogsV1: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description `logContent`, and what tells the build */
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description Stored, and filed next */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ingested"];
                };
            };
            /** @description Not JSON, or it identifies nothing: `detail` names the member; kept as it came */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, bad or stale signature; nothing stored */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key lacks `ingest`, or its network is not allowed; nothing stored */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Hooks are sent with POST */
            405: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body took longer than `limits.slow_sender`; nothing stored */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Larger than 16 MiB, also after decompression; nothing stored */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A sender without a valid key over its rate; nothing stored */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Cannot be stored now, or a known sender over its rate: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    ingestBuildV1: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description A build, as BuildButler's clients send it (docs/ingest.md) */
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description Stored, and read next */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IngestedBuild"];
                };
            };
            /** @description Not JSON, or it identifies nothing: `detail` names the member; kept as it came */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, bad or stale signature; nothing stored */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key lacks `ingest`, or its network is not allowed; nothing stored */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Hooks are sent with POST */
            405: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body took longer than `limits.slow_sender`; nothing stored */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Larger than 16 MiB, also after decompression; nothing stored */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A sender without a valid key over its rate; nothing stored */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Cannot be stored now, or a known sender over its rate: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    ingestStagesV1: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description `buildId` and `stages` */
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description Stored, and read next */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ingested"];
                };
            };
            /** @description Not JSON, or it identifies nothing: `detail` names the member; kept as it came */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, bad or stale signature; nothing stored */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key lacks `ingest`, or its network is not allowed; nothing stored */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Hooks are sent with POST */
            405: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body took longer than `limits.slow_sender`; nothing stored */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Larger than 16 MiB, also after decompression; nothing stored */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A sender without a valid key over its rate; nothing stored */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Cannot be stored now, or a known sender over its rate: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    ingestSecurityReportV1: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description `buildId`, and a report in any shape */
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description Stored, and filed next */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ingested"];
                };
            };
            /** @description Not JSON, or it identifies nothing: `detail` names the member; kept as it came */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, bad or stale signature; nothing stored */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key lacks `ingest`, or its network is not allowed; nothing stored */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Hooks are sent with POST */
            405: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body took longer than `limits.slow_sender`; nothing stored */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Larger than 16 MiB, also after decompression; nothing stored */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A sender without a valid key over its rate; nothing stored */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Cannot be stored now, or a known sender over its rate: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    ingestTestsV1: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description `buildId`, `name`, `testCases` */
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description Stored, and filed next */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ingested"];
                };
            };
            /** @description Not JSON, or it identifies nothing: `detail` names the member; kept as it came */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, bad or stale signature; nothing stored */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key lacks `ingest`, or its network is not allowed; nothing stored */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Hooks are sent with POST */
            405: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body took longer than `limits.slow_sender`; nothing stored */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Larger than 16 MiB, also after decompression; nothing stored */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A sender without a valid key over its rate; nothing stored */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Cannot be stored now, or a known sender over its rate: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listKeys: {
        parameters: {
            query?: {
                /** @description Items of a page: 50, at most 500 */
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of keys */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_Key"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    createKey: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["KeyWish"];
            };
        };
        responses: {
            /** @description The key, with its secret */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["KeyMade"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The secret is a key already, or there are too many signing keys */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    revokeKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Number of the key */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Revoked */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key is set by the server's environment */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listen: {
        parameters: {
            query?: {
                /** @description The same, for clients that cannot set headers */
                last_event_id?: number;
            };
            header?: {
                /** @description The last commit that was heard of */
                "Last-Event-ID"?: number | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A stream of server-sent events, each with a `Message` as data */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": components["schemas"]["LiveMessage"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many are listening */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getLog: {
        parameters: {
            query?: {
                /** @description Number of the first line, from 1 */
                from?: number;
                /** @description How many lines: 500, at most 5,000. Fewer come where they are very long: the next page begins after the last of them */
                count?: number;
            };
            header?: never;
            path: {
                /** @description Id of the log: `log_id` of a step */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The lines; none where the log is not here, and why */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogLines"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getLogOutline: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the log */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The outline; empty where the log is not here, and why */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogOutline"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getRawLog: {
        parameters: {
            query?: never;
            header?: {
                /** @description One range of bytes: `bytes=0-999`, `bytes=1000-`, `bytes=-1000` */
                Range?: string | null;
            };
            path: {
                /** @description Id of the log */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The log */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": number[];
                };
            };
            /** @description The bytes that `Range` asks for */
            206: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": number[];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description It has no such bytes: `Content-Range` says how many there are */
            416: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many are given logs now */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    searchLog: {
        parameters: {
            query: {
                /** @description What to look for */
                q: string;
                /** @description It is a regular expression */
                regex?: boolean;
                /** @description Upper and lower case differ */
                case?: boolean;
                /** @description Lines that are listed: 1,000, at most 10,000 */
                limit?: number;
            };
            header?: never;
            path: {
                /** @description Id of the log */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Where it was found; nowhere where the log is not here, and why */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LogHits"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many search now */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listPipelines: {
        parameters: {
            query?: {
                /** @description Name, base address, GUID or id of the sender */
                source?: string;
                /** @description Name or GUID */
                project?: string;
                /** @description A part of the name or slug */
                q?: string;
                /** @description Items of a page: 50, at most 500 */
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of pipelines */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_Pipeline"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listQueues: {
        parameters: {
            query?: {
                /** @description Name, base address, GUID or id of the sender */
                source?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All queues */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_Queue"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listRefusals: {
        parameters: {
            query?: {
                /** @description Items of a page: 50, at most 500 */
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of refusals */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_Refusal"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    sendReports: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Parts `file` (any number), and `ci`: JSON that says which build it is (docs/reporter.md) */
        requestBody: {
            content: {
                "multipart/form-data": unknown;
            };
        };
        responses: {
            /** @description Stored; filed next */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reported"];
                };
            };
            /** @description The body ended before its declared length; nothing stored */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, bad or stale signature; nothing stored */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key lacks `ingest`, or its network is not allowed; nothing stored */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Hooks are sent with POST */
            405: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body took longer than `limits.slow_sender`; nothing stored */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Larger than 16 MiB, also after decompression; nothing stored */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A sender without a valid key over its rate; nothing stored */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Cannot be stored now, or a known sender over its rate: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getSample: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description How far it is */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sample"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    loadSample: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is being loaded */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sample"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description It is here already, or a real source has the name of one of its organisations */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    removeSample: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is being removed */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Sample"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description It is not here, or is still being loaded */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    rotateSecrets: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SecretsRotated"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listSecurityReports: {
        parameters: {
            query: {
                /** @description Id of the build */
                build: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description At most 500 reports */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_SecurityReport"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getSecurityReport: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the report */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The body that was sent */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description It was too large to be kept beside its entry */
            410: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Who is asking, and what there is to know beforehand */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignIn"];
            };
        };
        responses: {
            /** @description Signed in */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Name or password is wrong */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many tries from this address or for this name */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Signed out */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordChange"];
            };
        };
        responses: {
            /** @description The new password counts */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Nobody is signed in here */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The password cannot be taken */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many tries */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listSessions: {
        parameters: {
            query?: {
                /** @description Items of a page: 50, at most 500 */
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of sessions */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_SessionItem"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Number of the session */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ended */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    setUp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetUp"];
            };
        };
        responses: {
            /** @description The password counts; signed in */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The link was used, has expired, or is not complete */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Somebody has that name already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The name or the password cannot be taken */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many tries from this address */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    lookAtLink: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LinkToken"];
            };
        };
        responses: {
            /** @description The link counts */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Link"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The link was used, has expired, or is not complete */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Too many tries from this address */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listSources: {
        parameters: {
            query?: {
                /** @description Items of a page: 50, at most 500 */
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of sources */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_Source"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getStorage: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Storage as it is */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Storage"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listSubjects: {
        parameters: {
            query?: {
                /** @description What it is */
                kind?: components["schemas"]["SubjectKind"];
                /** @description Its state */
                state?: string;
                /** @description A word in title, key or project */
                q?: string;
                /** @description Items of a page: 50, at most 500 */
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of subjects */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_Subject"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getSubject: {
        parameters: {
            query?: {
                /** @description Events of a page: 50, at most 500 */
                limit?: number;
                /** @description `events.next_cursor` of the page before */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description Key of the subject; may hold `:` and `/`, bare or encoded */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The subject */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SubjectDetail"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getTestMonitors: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The settings that hold, and those that can be chosen */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MonitorSettings"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    setTestMonitors: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Monitors"];
            };
        };
        responses: {
            /** @description The settings that hold */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MonitorSettings"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description They cannot hold: `errors` says which and why */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    previewTestMonitors: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Monitors"];
            };
        };
        responses: {
            /** @description At most 500 tests of each list; the counts are whole */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MonitorPreview"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description They cannot hold: `errors` says which and why */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listTests: {
        parameters: {
            query?: {
                /** @description Name, base address, GUID or id of the sender */
                source?: string;
                /** @description Slug, name or the provider's own id */
                pipeline?: string;
                /** @description How they are */
                status?: components["schemas"]["TestHealth"];
                /** @description A word in suite, class or name */
                q?: string;
                /** @description Items of a page: 50, at most 500 */
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of tests; filters without an index may return a short page with a cursor */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TestList"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getTest: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the test */
                case_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The test */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TestDetail"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getFirstBad: {
        parameters: {
            query?: {
                /** @description The default branch if nothing is said */
                branch?: string;
            };
            header?: never;
            path: {
                /** @description Id of the test */
                case_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The last build that passed, the first that failed, and what is between */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FirstBad"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    markTestFixed: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Id of the test */
                case_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The test, as it is now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TestDetail"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listTestRuns: {
        parameters: {
            query?: {
                /** @description Of builds of this branch */
                branch?: string;
                /** @description Items of a page: 50, at most 500 */
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description Id of the test */
                case_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of results */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_TestRun"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    listUsers: {
        parameters: {
            query?: {
                /** @description Items of a page: 50, at most 500 */
                limit?: number;
                /** @description `next_cursor` of the page before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of users */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["List_User"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    createUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserWish"];
            };
        };
        responses: {
            /** @description The user, with the link */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserLink"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Somebody has that name already */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The name or the role cannot be taken */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    removeUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Number of the user */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description It is the last administrator */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    changeUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Number of the user */
                id: number;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserChange"];
            };
        };
        responses: {
            /** @description The user */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description It is the last administrator */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is no such role */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    resetUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description Number of the user */
                id: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The link */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserLink"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description There is nothing here */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getAsyncapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An AsyncAPI 3.0 document */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
        };
    };
    getBadge: {
        parameters: {
            query?: {
                /** @description Name, base address, GUID or id of the sender, where two have a pipeline of the name */
                source?: string;
                /** @description Name or GUID, where two have a pipeline of the name */
                project?: string;
                /** @description This branch instead of the default */
                branch?: string;
                /** @description `flat` or `flat-square` */
                style?: string;
                /** @description What stands on the left instead of the pipeline's name */
                label?: string;
            };
            header?: never;
            path: {
                /** @description Slug, name or the provider's own id, percent-encoded */
                pipeline: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The image */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "image/svg+xml": string;
                };
            };
            /** @description It is as `If-None-Match` knows it */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No pipeline is called so, or several are: the image says `unknown` */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                    "image/svg+xml": string;
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getBuildsFeed: {
        parameters: {
            query?: {
                /** @description Family of the sender */
                provider?: components["schemas"]["Provider"];
                /** @description Name, base address, GUID or id of the sender */
                source?: string;
                /** @description Name or GUID */
                project?: string;
                /** @description Slug, name or the provider's own id */
                pipeline?: string;
                /** @description Without `refs/heads/` */
                branch?: string;
                /** @description Number of the pull request it is of */
                pull_request?: number;
                /** @description How far it has come */
                state?: components["schemas"]["State"];
                /** @description How it ended */
                result?: components["schemas"]["Outcome"];
                /** @description Not older than this: RFC 3339, or a day */
                since?: string;
                /** @description Older than this */
                until?: string;
                /** @description A word in pipeline, label, number, project, branch, commit, message or person */
                q?: string;
                /** @description The provider's own id */
                external_id?: string;
                /** @description Builds of the feed: 50, at most 100 */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An Atom feed, newest first */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/atom+xml": string;
                };
            };
            /** @description It is as `If-None-Match` knows it */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getCctray: {
        parameters: {
            query?: {
                /** @description Name, base address, GUID or id of the sender */
                source?: string;
                /** @description Name or GUID */
                project?: string;
                /** @description Slug, name or the provider's own id */
                pipeline?: string;
                /** @description This branch of each pipeline instead of its default */
                branch?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description CCTray: `Projects` with a `Project` per pipeline */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/xml": string;
                };
            };
            /** @description It is as `If-None-Match` knows it */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    downloadCreel: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of a copy that is there already */
                "If-None-Match"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The binary; `Repr-Digest` carries its SHA-256 */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/octet-stream": number[];
                };
            };
            /** @description The copy that `If-None-Match` names is this one */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Too many download it now */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    downloadChecksum: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The hash in hex, and the name `creel` */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
    getHealthz: {
        parameters: {
            query?: {
                /** @description List the checks, and the version */
                verbose?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Alive */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
    getHooksHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Healthy or not */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HooksHealth"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    receiveHook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description A service hook body, as Azure DevOps sends it */
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description Stored, or already known */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description The body ended before its declared length; nothing stored */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, bad or stale signature; nothing stored */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key lacks `ingest`, or its network is not allowed; nothing stored */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Hooks are sent with POST */
            405: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body took longer than `limits.slow_sender`; nothing stored */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Larger than 16 MiB, also after decompression; nothing stored */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A sender without a valid key over its rate; nothing stored */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Cannot be stored now, or a known sender over its rate: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    receiveChannelHook: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A free word, kept on the entry */
                channel: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description Stored, or already known */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description The body ended before its declared length; nothing stored */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, bad or stale signature; nothing stored */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key lacks `ingest`, or its network is not allowed; nothing stored */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Hooks are sent with POST */
            405: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body took longer than `limits.slow_sender`; nothing stored */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Larger than 16 MiB, also after decompression; nothing stored */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A sender without a valid key over its rate; nothing stored */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Cannot be stored now, or a known sender over its rate: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    ingestAgents: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description `jenkinsInstanceId` and `agents` */
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description Stored, and filed next */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ingested"];
                };
            };
            /** @description Not JSON, or it identifies nothing: `detail` names the member; kept as it came */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, bad or stale signature; nothing stored */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key lacks `ingest`, or its network is not allowed; nothing stored */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Hooks are sent with POST */
            405: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body took longer than `limits.slow_sender`; nothing stored */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Larger than 16 MiB, also after decompression; nothing stored */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A sender without a valid key over its rate; nothing stored */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Cannot be stored now, or a known sender over its rate: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    ingestLogs: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description `logContent`, and what tells the build */
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description Stored, and filed next */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ingested"];
                };
            };
            /** @description Not JSON, or it identifies nothing: `detail` names the member; kept as it came */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, bad or stale signature; nothing stored */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key lacks `ingest`, or its network is not allowed; nothing stored */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Hooks are sent with POST */
            405: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body took longer than `limits.slow_sender`; nothing stored */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Larger than 16 MiB, also after decompression; nothing stored */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A sender without a valid key over its rate; nothing stored */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Cannot be stored now, or a known sender over its rate: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    ingestBuild: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description A build, as BuildButler's clients send it (docs/ingest.md) */
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description Stored, and read next */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["IngestedBuild"];
                };
            };
            /** @description Not JSON, or it identifies nothing: `detail` names the member; kept as it came */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, bad or stale signature; nothing stored */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key lacks `ingest`, or its network is not allowed; nothing stored */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Hooks are sent with POST */
            405: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body took longer than `limits.slow_sender`; nothing stored */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Larger than 16 MiB, also after decompression; nothing stored */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A sender without a valid key over its rate; nothing stored */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Cannot be stored now, or a known sender over its rate: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    ingestStages: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description `buildId` and `stages` */
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description Stored, and read next */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ingested"];
                };
            };
            /** @description Not JSON, or it identifies nothing: `detail` names the member; kept as it came */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, bad or stale signature; nothing stored */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key lacks `ingest`, or its network is not allowed; nothing stored */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Hooks are sent with POST */
            405: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body took longer than `limits.slow_sender`; nothing stored */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Larger than 16 MiB, also after decompression; nothing stored */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A sender without a valid key over its rate; nothing stored */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Cannot be stored now, or a known sender over its rate: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    ingestSecurityReport: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description `buildId`, and a report in any shape */
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description Stored, and filed next */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ingested"];
                };
            };
            /** @description Not JSON, or it identifies nothing: `detail` names the member; kept as it came */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, bad or stale signature; nothing stored */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key lacks `ingest`, or its network is not allowed; nothing stored */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Hooks are sent with POST */
            405: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body took longer than `limits.slow_sender`; nothing stored */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Larger than 16 MiB, also after decompression; nothing stored */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A sender without a valid key over its rate; nothing stored */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Cannot be stored now, or a known sender over its rate: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    ingestTests: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description `buildId`, `name`, `testCases` */
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description Stored, and filed next */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Ingested"];
                };
            };
            /** @description Not JSON, or it identifies nothing: `detail` names the member; kept as it came */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, bad or stale signature; nothing stored */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key lacks `ingest`, or its network is not allowed; nothing stored */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Hooks are sent with POST */
            405: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body took longer than `limits.slow_sender`; nothing stored */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Larger than 16 MiB, also after decompression; nothing stored */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A sender without a valid key over its rate; nothing stored */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Cannot be stored now, or a known sender over its rate: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getLivez: {
        parameters: {
            query?: {
                /** @description List the checks, and the version */
                verbose?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Alive */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
    getLogs: {
        parameters: {
            query?: {
                /** @description A day in UTC, `2026-02-13`; today when absent */
                date?: string;
                /** @description The provider's own word */
                eventType?: string;
                /** @description Events of one answer, at most 1,000; as many as fit when absent */
                limit?: number;
                /** @description `next_cursor` of the answer before */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description At most 1,000 events and 8 MiB of bodies */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Logs"];
                };
            };
            /** @description A parameter or the body is not understood: `detail` names it */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Prometheus text, or JSON */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HooksMetrics"];
                    "text/plain; version=0.0.4": string;
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getOpenapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An OpenAPI 3.1 document */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": unknown;
                };
            };
        };
    };
    getProblem: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The `code` of a problem document */
                code: components["schemas"]["Code"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description For people */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description There is no such code */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getReadyz: {
        parameters: {
            query?: {
                /** @description List the checks */
                verbose?: string;
                /** @description Skip a check */
                exclude?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Ready */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description Not ready; a problem document for who asks for one */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                    "text/plain": string;
                };
            };
        };
    };
    sendUpload: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description Parts `data`, `format` and `run_env[...]`; or the same as JSON */
        requestBody: {
            content: {
                "multipart/form-data": unknown;
            };
        };
        responses: {
            /** @description Stored; filed next */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Reported"];
                };
            };
            /** @description The body ended before its declared length; nothing stored */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, bad or stale signature; nothing stored */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key lacks `ingest`, or its network is not allowed; nothing stored */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Hooks are sent with POST */
            405: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body took longer than `limits.slow_sender`; nothing stored */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Larger than 16 MiB, also after decompression; nothing stored */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A sender without a valid key over its rate; nothing stored */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Cannot be stored now, or a known sender over its rate: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    receiveAzureHook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description A service hook body, as Azure DevOps sends it */
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description Stored, or already known */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description The body ended before its declared length; nothing stored */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, bad or stale signature; nothing stored */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key lacks `ingest`, or its network is not allowed; nothing stored */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Hooks are sent with POST */
            405: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body took longer than `limits.slow_sender`; nothing stored */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Larger than 16 MiB, also after decompression; nothing stored */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A sender without a valid key over its rate; nothing stored */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Cannot be stored now, or a known sender over its rate: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    receiveAzureDevopsHook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description A service hook body, as Azure DevOps sends it */
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description Stored, or already known */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description The body ended before its declared length; nothing stored */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, bad or stale signature; nothing stored */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key lacks `ingest`, or its network is not allowed; nothing stored */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Hooks are sent with POST */
            405: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body took longer than `limits.slow_sender`; nothing stored */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Larger than 16 MiB, also after decompression; nothing stored */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A sender without a valid key over its rate; nothing stored */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Cannot be stored now, or a known sender over its rate: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    receiveBuildkiteHook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description A webhook body, as Buildkite sends it */
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description Stored, or already known */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description The body ended before its declared length; nothing stored */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, bad or stale signature; nothing stored */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key lacks `ingest`, or its network is not allowed; nothing stored */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Hooks are sent with POST */
            405: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body took longer than `limits.slow_sender`; nothing stored */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Larger than 16 MiB, also after decompression; nothing stored */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A sender without a valid key over its rate; nothing stored */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Cannot be stored now, or a known sender over its rate: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    receiveGithubHook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description Stored, or already known */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description The body ended before its declared length; nothing stored */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, bad or stale signature; nothing stored */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key lacks `ingest`, or its network is not allowed; nothing stored */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Hooks are sent with POST */
            405: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body took longer than `limits.slow_sender`; nothing stored */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Larger than 16 MiB, also after decompression; nothing stored */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A sender without a valid key over its rate; nothing stored */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Cannot be stored now, or a known sender over its rate: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    receiveGitlabHook: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": unknown;
            };
        };
        responses: {
            /** @description Stored, or already known */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Accepted"];
                };
            };
            /** @description The body ended before its declared length; nothing stored */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description No, wrong or revoked key, bad or stale signature; nothing stored */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key lacks `ingest`, or its network is not allowed; nothing stored */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Hooks are sent with POST */
            405: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The body took longer than `limits.slow_sender`; nothing stored */
            408: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Larger than 16 MiB, also after decompression; nothing stored */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description A sender without a valid key over its rate; nothing stored */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Cannot be stored now, or a known sender over its rate: send it again */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getWebhooksHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Healthy or not */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhooksHealth"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
    getWebhooksMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Counts since the beginning */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["WebhooksMetrics"];
                };
            };
            /** @description No, wrong or revoked key, and no session that counts */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description The key's scope or network, or the person's role, does not allow this */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
            /** @description Something failed on our side */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDocument"];
                };
            };
        };
    };
}
