package org.keepwell.app

import android.Manifest
import android.app.LocaleManager
import android.app.NotificationManager
import android.content.Intent
import android.os.LocaleList
import android.provider.Settings
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.test.onNodeWithText
import androidx.test.core.app.ApplicationProvider
import java.io.File
import kotlin.test.assertEquals
import kotlin.test.assertFalse
import kotlin.test.assertNotNull
import kotlin.test.assertNull
import kotlin.test.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.runner.RunWith
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.LedgerQuestions
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode

/** Help, privacy, notifications, language, licences, and what a helper is sent, clicked through the app's own activity. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = FakeApplication::class, sdk = [34], qualifiers = "en-w360dp-h720dp-xhdpi")
class InfoStoryTest {
    @get:Rule
    val compose = createAndroidComposeRule<MainActivity>()

    private val clicks = Clicks(compose)

    private fun Clicks.opensSettings() {
        sees("Your records are locked")
        enterPin(FakeWallet.PIN, "Unlock")
        press("Settings")
        sees("Locking")
    }

    private fun Clicks.opens(row: String) {
        scrollTo(row)
        press(row)
    }

    @Test
    fun helpExplainsInPlainWordsAndSaysWhatTheRarerOnesMean(): Unit = with(clicks) {
        opensSettings()
        press("Help")
        sees("What if I lose this phone?")
        scrollTo("Words explained")
        scrollTo("Ledger")
        scrollTo("For whoever helps you")
        press("For whoever helps you")
        sees("There is no health data and no name in it.")
        sees("0.2.0")
        press("Send it")
        val chooser = assertNotNull(shadowOf(compose.activity).nextStartedActivity)
        val sent = assertNotNull(chooser.getParcelableExtra(Intent.EXTRA_INTENT, Intent::class.java)?.getStringExtra(Intent.EXTRA_TEXT))
        assertTrue("Keepwell: 0.2.0" in sent, sent)
        assertTrue("Lock by itself: 5 minutes, 1 minute" in sent, sent)
        val secrets = FakeData.records.mapNotNull { it.summary.title } + FakeData.clinics.map { it.name } + FakeWallet.WORDS + FakeWallet.PIN
        for (secret in secrets) assertFalse(Regex("\\b${Regex.escape(secret)}\\b").containsMatchIn(sent), "'$secret' in: $sent")
    }

    @Test
    fun noticesLeadToThePhonesSettings(): Unit = with(clicks) {
        opensSettings()
        opens("Notifications")
        sees("No notification names a clinic")
        press("Open the phone's settings")
        val opened = assertNotNull(shadowOf(compose.activity).nextStartedActivity)
        assertEquals(Settings.ACTION_APP_NOTIFICATION_SETTINGS, opened.action)
        assertEquals(compose.activity.packageName, opened.getStringExtra(Settings.EXTRA_APP_PACKAGE))
        pressPicture("Back")
        opens("Privacy")
        sees("The locked copy")
        scrollTo("What Keepwell does not do")
        compose.onNodeWithText("Questions about clinics").assertDoesNotExist()
        pressPicture("Back")
        ApplicationProvider.getApplicationContext<FakeApplication>().wallet.start.ledgerQuestions = LedgerQuestions.DIRECT
        opens("Privacy")
        scrollToPart("They go straight to who answers them")
    }

    @Test
    fun whatIsToldIsSwitchedAndThePhonesLeaveIsAskedForOnce(): Unit = with(clicks) {
        val app = ApplicationProvider.getApplicationContext<FakeApplication>()
        val shown = shadowOf(app.getSystemService(NotificationManager::class.java)!!)
        shown.setNotificationsEnabled(false)
        opensSettings()
        opens("Notifications")
        sees("This phone does not let Keepwell show notifications.")
        press("Tell me a day before an access ends")
        assertFalse(app.wishes.now.value.tellsEnds)
        assertNull(shadowOf(compose.activity).lastRequestedPermission, "who wishes less is asked nothing")
        press("Tell me a day before an access ends")
        assertTrue(app.wishes.now.value.tellsEnds)
        val asked = checkNotNull(shadowOf(compose.activity).lastRequestedPermission)
        assertEquals(listOf(Manifest.permission.POST_NOTIFICATIONS), asked.requestedPermissions.toList())
        press("Name the clinic in it")
        scrollTo("No notification says what is in a record. On a locked screen anybody can read them.")
        press("Tell me a day before an access ends")
        press("Tell me when a clinic has read records")
        compose.onNodeWithText("Name the clinic in it").assertDoesNotExist()
    }

    @Test
    fun aLanguageIsChosenForThisAppAndGivenBack(): Unit = with(clicks) {
        opensSettings()
        opens("Language")
        val locales = ApplicationProvider.getApplicationContext<FakeApplication>().getSystemService(LocaleManager::class.java)!!
        press("Español")
        assertEquals(LocaleList.forLanguageTags("es"), locales.applicationLocales)
        press("As on the phone")
        assertEquals(LocaleList.getEmptyLocaleList(), locales.applicationLocales)
    }

    @Test
    fun theWorkOfOthersIsNamedWithItsLicences(): Unit = with(clicks) {
        opensSettings()
        opens("About Keepwell")
        sees("Version 0.2.0")
        scrollTo("Licences")
        press("Licences")
        val parts = Licences.read(compose.activity).parts
        for (name in listOf("uniffi_core", "rustls", "rusqlite", "SQLCipher", "jna", "kotlin-stdlib", "material3-android")) {
            assertTrue(parts.any { it.name == name && it.licence.isNotEmpty() && it.source.startsWith("https://") }, name)
        }
        val first = parts.first { it.notices.isNotEmpty() }
        press("${first.name} ${first.version}")
        sees(first.source)
    }

    @Test
    fun everyLibraryOfTheAppIsOnTheList() {
        val named = Licences.read(compose.activity).parts.map { "${it.name}-${it.version}" }.toSet()
        val classpath = File("target/runtime.classpath").readText().trim().split(':').map(::File)
        val libraries = classpath.filter { it.extension in setOf("jar", "aar") }.map { it.nameWithoutExtension }
        assertTrue(libraries.size > 30)
        assertEquals(emptyList(), libraries.filterNot { it in named })
    }
}
