plugins {
    alias(libs.plugins.kotlin.jvm)
    `java-test-fixtures`
}

kotlin {
    jvmToolchain(17)
    compilerOptions { allWarningsAsErrors = true }
    // The fake is what the app's tests and previews stand on.
    sourceSets.named("testFixtures") { kotlin.srcDir("src/test/kotlin/org/keepwell/wallet/fake") }
    sourceSets.test { kotlin.exclude("org/keepwell/wallet/fake/**") }
}

dependencies {
    api(libs.coroutines.core)
    testFixturesImplementation(libs.zxing)
    testImplementation(libs.kotlin.test.junit5)
    testImplementation(libs.junit)
    testImplementation(libs.coroutines.test)
}

tasks.test { useJUnitPlatform() }
