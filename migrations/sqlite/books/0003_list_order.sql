-- Builds of one time stand in the order of their public ids, which does not depend on what came
-- first; rows do.
drop index build_newest;
drop index build_by_pipeline;
drop index build_by_branch;
drop index build_by_source;
drop index build_by_result;

create index build_newest on build (sort_at, public_id);
create index build_by_pipeline on build (pipeline, sort_at, public_id);
create index build_by_branch on build (pipeline, branch, sort_at, public_id);
create index build_by_source on build (source, sort_at, public_id);
create index build_by_result on build (result, sort_at, public_id);
