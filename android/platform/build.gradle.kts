plugins {
    alias(libs.plugins.android.library)
}

android {
    namespace = "org.keepwell.platform"
    compileSdk = 36
    defaultConfig { minSdk = 28 }
    sourceSets.named("main") { kotlin.srcDir("src/main/kotlin") }
    sourceSets.named("test") { kotlin.srcDir("src/test/kotlin") }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
    testOptions.unitTests.all { it.useJUnitPlatform() }
}

dependencies {
    implementation(project(":wallet"))
    implementation(libs.zxing)
    testImplementation(libs.kotlin.test.junit5)
    testImplementation(libs.junit)
}
