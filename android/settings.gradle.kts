// The front door for Android Studio and Gradle 9. Never run here: the project's own machines have no Gradle, and build by Maven (pom.xml).
// First `./dev packages` from the root, with an NDK: it generates the Kotlin of the library and makes the native ones for phones.
pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositoriesMode = RepositoriesMode.FAIL_ON_PROJECT_REPOS
    repositories {
        google()
        mavenCentral()
    }
}

rootProject.name = "keepwell-for-android"

include(":keepwell", ":library", ":wallet", ":rust", ":platform", ":app")
project(":keepwell").projectDir = file("../bindings/kotlin")
