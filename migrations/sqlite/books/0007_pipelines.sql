-- The branch that a provider calls a pipeline's default, and when it said so: the latest word stays.
alter table pipeline add column default_branch text;
alter table pipeline add column default_said_at integer;

-- The builds of a pull request.
create index build_by_pull_request
    on build (pull_request, sort_at, public_id)
    where pull_request is not null;
