//! What a build left behind.

use super::answers::list;
use super::timeline::key;
use crate::model::{Artifact, Unreadable};
use crate::providers::azure_devops::address;
use crate::providers::azure_devops::json::{Label, shape};
use crate::providers::rest::Answer;

shape! {
    Told {
        id: Label = "id",
        name: String = "name",
        /// The record of the job that made it, of several the first.
        source: String = "source",
        resource: Resource = "resource",
    }
}

shape! {
    Resource {
        kind: String = "type",
        /// Where it lies: in a container of files, or on a share.
        data: String = "data",
        download_url: String = "downloadUrl",
        properties: Properties = "properties",
    }
}

shape! {
    Properties {
        /// In bytes, as a text.
        size: i64 = "artifactsize",
    }
}

pub fn artifacts(answer: &Answer) -> Result<Vec<Artifact>, Unreadable> {
    Ok(list::<Told>(answer)?.into_iter().filter_map(read).collect())
}

fn read(told: Told) -> Option<Artifact> {
    let name = told.name?;
    let resource = told.resource.unwrap_or_default();
    Some(Artifact {
        key: told.id.map_or_else(|| name.clone(), |id| id.0),
        step: told.source.map(|source| format!("job:{}", key(&source))),
        path: resource.data,
        kind: resource.kind,
        bytes: resource.properties.and_then(|it| it.size).filter(|bytes| *bytes >= 0),
        url: resource.download_url.and_then(|url| address::link(&url)),
        state: None,
        name,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::providers::azure_devops::rest::fixtures::answer;

    #[test]
    fn an_artifact_says_who_made_it_and_how_large_it_is() {
        let body = json!({"count": 2, "value": [
            {
                "id": 41, "name": "packages", "source": "3D52C8F0-71AA-4E0B-8C19-000000000011",
                "resource": {
                    "type": "PipelineArtifact", "data": "0F1E2D", "url": "https://quay.test/_apis/1",
                    "downloadUrl": "https://quay.test/_apis/resources?format=zip",
                    "properties": {"RootId": "9", "artifactsize": "20480"}
                }
            },
            {"name": "drop", "resource": null},
            {"id": 3}
        ]});
        insta::assert_yaml_snapshot!(artifacts(&answer(&body)).unwrap(), @r#"
        - key: "41"
          name: packages
          path: 0F1E2D
          kind: PipelineArtifact
          bytes: 20480
          step: "job:3d52c8f0-71aa-4e0b-8c19-000000000011"
          url: "https://quay.test/_apis/resources?format=zip"
          state: ~
        - key: drop
          name: drop
          path: ~
          kind: ~
          bytes: ~
          step: ~
          url: ~
          state: ~
        "#);
    }
}
