-- What providers told of subjects when they were asked: of each the last answer's fact, which its record
-- hears like those of entries.
create table subject_told (
    subject integer primary key references subject (id),
    at integer not null,
    -- What was asked, without host: GET /Warehouse/_apis/release/releases/95
    call text not null,
    decoder integer not null,
    -- JSON, as in `fact`.
    says text not null
);

-- Of a deployment: environment, try, who wanted it and when it ran, as JSON.
alter table subject add column deployment text;
