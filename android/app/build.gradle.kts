plugins {
    alias(libs.plugins.android.application)
    alias(libs.plugins.kotlin.compose)
}

android {
    namespace = "org.keepwell.app"
    compileSdk = 36
    defaultConfig {
        applicationId = "org.keepwell.app"
        minSdk = 28
        targetSdk = 35
        versionCode = 1
        versionName = "0.2.0"
        ndk { abiFilters += listOf("arm64-v8a", "armeabi-v7a", "x86_64") }
    }
    buildTypes.named("release") {
        isMinifyEnabled = true
        isShrinkResources = true
        proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"))
    }
    sourceSets.named("main") { kotlin.srcDir("src/main/kotlin") }
    sourceSets.named("debug") { kotlin.srcDir("src/debug/kotlin") }
    sourceSets.named("test") { kotlin.srcDir("src/test/kotlin") }
    buildFeatures { compose = true }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
    testOptions.unitTests {
        isIncludeAndroidResources = true
        all {
            it.systemProperty("jna.library.path", file("../../target/debug").path)
            it.jvmArgs("--add-opens=java.base/java.io=ALL-UNNAMED")
        }
    }
}

dependencies {
    implementation(project(":wallet"))
    implementation(project(":rust")) { exclude(group = "net.java.dev.jna", module = "jna") }
    implementation(project(":library"))
    implementation(project(":platform"))
    implementation(libs.activity.compose)
    implementation(libs.compose.foundation)
    implementation(libs.compose.material3)
    implementation(libs.compose.ui.tooling.preview)
    implementation(libs.lifecycle.process)
    implementation(libs.lifecycle.runtime.compose)
    implementation(libs.lifecycle.viewmodel)
    debugImplementation(testFixtures(project(":wallet")))
    testImplementation(testFixtures(project(":wallet")))
    testImplementation(libs.robolectric)
    testImplementation(libs.junit4)
    testImplementation(libs.kotlin.test.junit4)
    testImplementation(libs.coroutines.test)
    testImplementation(libs.serialization.json)
    testImplementation(libs.compose.ui.test)
    testImplementation(libs.androidx.test.core)
    testImplementation(libs.androidx.test.junit)
    testRuntimeOnly(libs.jna)
    debugImplementation(libs.compose.ui.test.manifest)
}
