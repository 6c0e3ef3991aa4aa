// TeamCity: .teamcity/settings.kts. The key is a parameter of the type password; agents on Linux.
import jetbrains.buildServer.configs.kotlin.*
import jetbrains.buildServer.configs.kotlin.buildSteps.script

version = "2025.07"

project {
    buildType(Tests)
}

object Tests : BuildType({
    name = "Tests"

    params {
        param("env.CREEL_URL", "https://creel.example.com")
        password("env.CREEL_API_KEY", "credentialsJSON:00000000-0000-4000-8000-000000000000")
    }

    steps {
        script {
            name = "Test"
            scriptContent = "make test"
        }
        script {
            name = "Report tests to Creel"
            // Whatever became of the steps before.
            executionMode = BuildStep.ExecutionMode.ALWAYS
            scriptContent = """
                curl --fail --silent --show-error --retry 3 --output creel "%env.CREEL_URL%/download/creel" && chmod +x creel
                ./creel report --files '**/TEST-*.xml' || true
            """.trimIndent()
        }
    }
})
