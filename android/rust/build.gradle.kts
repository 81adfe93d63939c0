plugins {
    alias(libs.plugins.kotlin.jvm)
}

kotlin {
    jvmToolchain(17)
    compilerOptions { allWarningsAsErrors = true }
}

dependencies {
    api(project(":wallet"))
    api(project(":keepwell"))
    testImplementation(libs.kotlin.test.junit5)
    testImplementation(libs.junit)
}

tasks.test {
    useJUnitPlatform()
    systemProperty("jna.library.path", file("../../target/debug").path)
}
