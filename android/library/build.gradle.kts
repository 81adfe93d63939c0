plugins {
    alias(libs.plugins.android.library)
}

android {
    namespace = "org.keepwell.android"
    compileSdk = 36
    defaultConfig { minSdk = 28 }
    sourceSets.named("main") {
        kotlin.srcDir("src/main/kotlin")
        // What ./dev packages builds with the NDK.
        jniLibs.srcDir("../../target/android/jni")
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
}

dependencies {
    // A phone needs JNA's own native library, which is in its AAR only.
    api(project(":keepwell")) { exclude(group = "net.java.dev.jna", module = "jna") }
    implementation(libs.jna) { artifact { type = "aar" } }
    implementation(libs.coroutines.android)
}
