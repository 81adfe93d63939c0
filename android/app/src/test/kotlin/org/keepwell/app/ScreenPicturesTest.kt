package org.keepwell.app

import android.app.Application
import android.graphics.Bitmap
import androidx.activity.ComponentActivity
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.key
import androidx.compose.runtime.mutableStateOf
import androidx.compose.ui.platform.LocalLayoutDirection
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.unit.LayoutDirection
import java.io.File
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import org.junit.Rule
import org.junit.Test
import org.junit.rules.RuleChain
import org.junit.runner.RunWith
import org.keepwell.app.screens.AccessEarlierPreview
import org.keepwell.app.screens.AccessLastKnownPreview
import org.keepwell.app.screens.AccessLoadingPreview
import org.keepwell.app.screens.AccessNonePreview
import org.keepwell.app.screens.AccessOfflinePreview
import org.keepwell.app.screens.AccessPreview
import org.keepwell.app.screens.AccessRevokePreview
import org.keepwell.app.screens.AccessStoppedPreview
import org.keepwell.app.screens.AddDropPreview
import org.keepwell.app.screens.AddErrorPreview
import org.keepwell.app.screens.AddFirstPreview
import org.keepwell.app.screens.AddLoadingPreview
import org.keepwell.app.screens.AddPreview
import org.keepwell.app.screens.AddSourceInBrowserPreview
import org.keepwell.app.screens.AddSourcePreview
import org.keepwell.app.screens.AddSourceUnknownPreview
import org.keepwell.app.screens.AskedOverPreview
import org.keepwell.app.screens.AskedPreview
import org.keepwell.app.screens.AskedUnprovedPreview
import org.keepwell.app.screens.AttachmentDamagedPreview
import org.keepwell.app.screens.AttachmentLoadingPreview
import org.keepwell.app.screens.AttachmentMissingPreview
import org.keepwell.app.screens.AttachmentOtherPreview
import org.keepwell.app.screens.AttachmentPreview
import org.keepwell.app.screens.AttachmentSavedPreview
import org.keepwell.app.screens.AttachmentTextPreview
import org.keepwell.app.screens.AutoLockErrorPreview
import org.keepwell.app.screens.AutoLockLoadingPreview
import org.keepwell.app.screens.AutoLockOtherPreview
import org.keepwell.app.screens.AutoLockPreview
import org.keepwell.app.screens.BiometricsErrorPreview
import org.keepwell.app.screens.BiometricsLoadingPreview
import org.keepwell.app.screens.BiometricsLostPreview
import org.keepwell.app.screens.BiometricsNonePreview
import org.keepwell.app.screens.BiometricsOnPreview
import org.keepwell.app.screens.BiometricsPinPreview
import org.keepwell.app.screens.BiometricsPreview
import org.keepwell.app.screens.ClinicEndAllPreview
import org.keepwell.app.screens.ClinicEndedPreview
import org.keepwell.app.screens.ClinicKeyChangedPreview
import org.keepwell.app.screens.ClinicLoadingPreview
import org.keepwell.app.screens.ClinicLockedPreview
import org.keepwell.app.screens.ClinicOfflinePreview
import org.keepwell.app.screens.ClinicPreview
import org.keepwell.app.screens.ClinicsLoadingPreview
import org.keepwell.app.screens.ClinicsNonePreview
import org.keepwell.app.screens.ClinicsOfflinePreview
import org.keepwell.app.screens.ClinicsPreview
import org.keepwell.app.screens.ConnectionBusyPreview
import org.keepwell.app.screens.ConnectionFromCodePreview
import org.keepwell.app.screens.ConnectionOfflinePreview
import org.keepwell.app.screens.ConnectionPreview
import org.keepwell.app.screens.ConnectionRestorePreview
import org.keepwell.app.screens.ConnectionScanPreview
import org.keepwell.app.screens.ConnectionUnknownPreview
import org.keepwell.app.screens.EraseAtRiskPreview
import org.keepwell.app.screens.EraseBusyPreview
import org.keepwell.app.screens.EraseErrorPreview
import org.keepwell.app.screens.EraseForgottenPreview
import org.keepwell.app.screens.EraseLoadingPreview
import org.keepwell.app.screens.EraseOnlyHerePreview
import org.keepwell.app.screens.ErasePinPreview
import org.keepwell.app.screens.ErasePreview
import org.keepwell.app.screens.EraseQuestionPreview
import org.keepwell.app.screens.EraseSendingPreview
import org.keepwell.app.screens.EraseUnknownPreview
import org.keepwell.app.screens.ExportDonePreview
import org.keepwell.app.screens.ExportErrorPreview
import org.keepwell.app.screens.ExportPinPreview
import org.keepwell.app.screens.ExportPreview
import org.keepwell.app.screens.ExportStoppedPreview
import org.keepwell.app.screens.ExportWritingPreview
import org.keepwell.app.screens.ExtendBlockedPreview
import org.keepwell.app.screens.ExtendConfirmPreview
import org.keepwell.app.screens.ExtendEndedPreview
import org.keepwell.app.screens.ExtendLoadingPreview
import org.keepwell.app.screens.ExtendLongestPreview
import org.keepwell.app.screens.ExtendOfflinePreview
import org.keepwell.app.screens.ExtendPreview
import org.keepwell.app.screens.ExtendReviewPreview
import org.keepwell.app.screens.GrantAskedPreview
import org.keepwell.app.screens.GrantBlockedPreview
import org.keepwell.app.screens.GrantConfirmPreview
import org.keepwell.app.screens.GrantLoadingPreview
import org.keepwell.app.screens.GrantOfflinePreview
import org.keepwell.app.screens.GrantRefusedPreview
import org.keepwell.app.screens.GrantReviewPreview
import org.keepwell.app.screens.GrantTermsPreview
import org.keepwell.app.screens.GrantedLoadingPreview
import org.keepwell.app.screens.GrantedLongerBothPreview
import org.keepwell.app.screens.GrantedLongerOverPreview
import org.keepwell.app.screens.GrantedLongerPreview
import org.keepwell.app.screens.GrantedLongerWaitingPreview
import org.keepwell.app.screens.GrantedMissingPreview
import org.keepwell.app.screens.GrantedOfflinePreview
import org.keepwell.app.screens.GrantedOverPreview
import org.keepwell.app.screens.GrantedPreview
import org.keepwell.app.screens.GrantedUnconfirmedPreview
import org.keepwell.app.screens.GrantedUntoldPreview
import org.keepwell.app.screens.HealthErrorPreview
import org.keepwell.app.screens.HealthFoundPreview
import org.keepwell.app.screens.HealthNonePreview
import org.keepwell.app.screens.HealthPreview
import org.keepwell.app.screens.HealthReadingPreview
import org.keepwell.app.screens.HealthRefusedPreview
import org.keepwell.app.screens.HomeFirstPreview
import org.keepwell.app.screens.HomeLoadingPreview
import org.keepwell.app.screens.HomeLockedPreview
import org.keepwell.app.screens.HomeNewPreview
import org.keepwell.app.screens.HomeNothingNotedPreview
import org.keepwell.app.screens.HomePreview
import org.keepwell.app.screens.HomeResultsPreview
import org.keepwell.app.screens.HomeTakenOverPreview
import org.keepwell.app.screens.HomeTodoLaterPreview
import org.keepwell.app.screens.HomeTodoPreview
import org.keepwell.app.screens.ImportLinkPasscodePreview
import org.keepwell.app.screens.ImportLinkPreview
import org.keepwell.app.screens.ImportLinkUnreadablePreview
import org.keepwell.app.screens.ImportNothingPreview
import org.keepwell.app.screens.ImportPeoplePreview
import org.keepwell.app.screens.ImportPreview
import org.keepwell.app.screens.ImportReadingPreview
import org.keepwell.app.screens.ImportReportPreview
import org.keepwell.app.screens.ImportUndoPreview
import org.keepwell.app.screens.ImportUndonePreview
import org.keepwell.app.screens.ImportUnreadablePreview
import org.keepwell.app.screens.InfoAboutPreview
import org.keepwell.app.screens.InfoHelpPreview
import org.keepwell.app.screens.InfoLanguageOfPhonePreview
import org.keepwell.app.screens.InfoLanguagePreview
import org.keepwell.app.screens.InfoLicencesPreview
import org.keepwell.app.screens.InfoPrivacyPreview
import org.keepwell.app.screens.LogLoadingPreview
import org.keepwell.app.screens.LogNonePreview
import org.keepwell.app.screens.LogOfflinePreview
import org.keepwell.app.screens.LogPreview
import org.keepwell.app.screens.NoticesNamedPreview
import org.keepwell.app.screens.NoticesNonePreview
import org.keepwell.app.screens.NoticesPreview
import org.keepwell.app.screens.NoticesRefusedPreview
import org.keepwell.app.screens.NoticesUnaskedPreview
import org.keepwell.app.screens.PasteLinkNonePreview
import org.keepwell.app.screens.PasteLinkPreview
import org.keepwell.app.screens.PreviewData
import org.keepwell.app.screens.PrintNothingPreview
import org.keepwell.app.screens.PrintPinPreview
import org.keepwell.app.screens.PrintPreview
import org.keepwell.app.screens.PrintReadyPreview
import org.keepwell.app.screens.QuizPreview
import org.keepwell.app.screens.QuizWrongPreview
import org.keepwell.app.screens.RecordErrorPreview
import org.keepwell.app.screens.RecordHistoryPreview
import org.keepwell.app.screens.RecordLoadingPreview
import org.keepwell.app.screens.RecordMissingPreview
import org.keepwell.app.screens.RecordOthersPreview
import org.keepwell.app.screens.RecordPartsPreview
import org.keepwell.app.screens.RecordPreview
import org.keepwell.app.screens.RecordReceivedPreview
import org.keepwell.app.screens.RecordsLoadingPreview
import org.keepwell.app.screens.RecordsLockedPreview
import org.keepwell.app.screens.RecordsNonePreview
import org.keepwell.app.screens.RecordsPreview
import org.keepwell.app.screens.RecordsSearchPreview
import org.keepwell.app.screens.RecoverCheckingPreview
import org.keepwell.app.screens.RecoverChecksumPreview
import org.keepwell.app.screens.RecoverPassphrasePreview
import org.keepwell.app.screens.RecoverPinPreview
import org.keepwell.app.screens.RecoverRepeatPreview
import org.keepwell.app.screens.RecoverUnknownPreview
import org.keepwell.app.screens.RecoverWordsPreview
import org.keepwell.app.screens.RecoverWrongPreview
import org.keepwell.app.screens.ScanDeniedPreview
import org.keepwell.app.screens.ScanPreview
import org.keepwell.app.screens.SettingsBiometricsPreview
import org.keepwell.app.screens.SettingsErrorPreview
import org.keepwell.app.screens.SettingsLoadingPreview
import org.keepwell.app.screens.SettingsPreview
import org.keepwell.app.screens.ShareEndingPreview
import org.keepwell.app.screens.ShareExpiredPreview
import org.keepwell.app.screens.ShareLivePreview
import org.keepwell.app.screens.ShareNothingPreview
import org.keepwell.app.screens.SharePasscodeWrongPreview
import org.keepwell.app.screens.SharePausedPreview
import org.keepwell.app.screens.SharePinPreview
import org.keepwell.app.screens.SharePreview
import org.keepwell.app.screens.ShareReviewLongPreview
import org.keepwell.app.screens.ShareReviewOfflinePreview
import org.keepwell.app.screens.ShareReviewPasscodePreview
import org.keepwell.app.screens.ShareReviewPreview
import org.keepwell.app.screens.ShareSendingPreview
import org.keepwell.app.screens.ShareShownPasscodePreview
import org.keepwell.app.screens.ShareShownPendingPreview
import org.keepwell.app.screens.ShareShownPreview
import org.keepwell.app.screens.ShareStillOpenPreview
import org.keepwell.app.screens.ShareStopPreview
import org.keepwell.app.screens.ShownWordsLastPreview
import org.keepwell.app.screens.ShownWordsPreview
import org.keepwell.app.screens.SignedInConnectingPreview
import org.keepwell.app.screens.SignedInRefusedPreview
import org.keepwell.app.screens.SignedInUnknownPreview
import org.keepwell.app.screens.SignedInWhoPreview
import org.keepwell.app.screens.SourceFetchedPreview
import org.keepwell.app.screens.SourceFetchingPreview
import org.keepwell.app.screens.SourceLoadingPreview
import org.keepwell.app.screens.SourceOfOtherPreview
import org.keepwell.app.screens.SourcePreview
import org.keepwell.app.screens.SourceRemovePreview
import org.keepwell.app.screens.SourceRemovedPreview
import org.keepwell.app.screens.SourceSignedOutPreview
import org.keepwell.app.screens.SourcesErrorPreview
import org.keepwell.app.screens.SourcesLoadingPreview
import org.keepwell.app.screens.SourcesNonePreview
import org.keepwell.app.screens.SourcesPreview
import org.keepwell.app.screens.StartedBiometricsOnPreview
import org.keepwell.app.screens.StartedBiometricsPreview
import org.keepwell.app.screens.StartedLaterPreview
import org.keepwell.app.screens.StartedMissingPreview
import org.keepwell.app.screens.StartedPreview
import org.keepwell.app.screens.StartedRestoredPreview
import org.keepwell.app.screens.StartedRestoringPreview
import org.keepwell.app.screens.SupportLoadingPreview
import org.keepwell.app.screens.SupportPreview
import org.keepwell.app.screens.TimelineArrivalPreview
import org.keepwell.app.screens.TimelineLoadingPreview
import org.keepwell.app.screens.TimelineLockedPreview
import org.keepwell.app.screens.TimelinePreview
import org.keepwell.app.screens.TypedWordsCompletedPreview
import org.keepwell.app.screens.TypedWordsPreview
import org.keepwell.app.screens.TypedWordsWrongPreview
import org.keepwell.app.screens.UnlockBiometricsLostPreview
import org.keepwell.app.screens.UnlockBiometricsPreview
import org.keepwell.app.screens.UnlockBiometricsRefusedPreview
import org.keepwell.app.screens.UnlockCheckingPreview
import org.keepwell.app.screens.UnlockDelayedPreview
import org.keepwell.app.screens.UnlockDestroyedPreview
import org.keepwell.app.screens.UnlockPreview
import org.keepwell.app.screens.UnlockWrongPreview
import org.keepwell.app.screens.WelcomeErasedPreview
import org.keepwell.app.screens.WelcomePreview
import org.keepwell.app.screens.WelcomeWordsPreview
import org.keepwell.platform.QrReader
import org.robolectric.RobolectricTestRunner
import org.robolectric.annotation.Config
import org.robolectric.annotation.GraphicsMode
import org.robolectric.shadows.ShadowDialog

/** Every screen, drawn by Android's own code in both languages, by day and by night, and in large type. */
@RunWith(RobolectricTestRunner::class)
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(application = Application::class, sdk = [35], qualifiers = "w360dp-h720dp-xhdpi")
class ScreenPicturesTest {
    private val compose = createAndroidComposeRule<ComponentActivity>()

    @get:Rule
    val rules: RuleChain = RuleChain.outerRule(EmptyActivity).around(compose)

    @Test
    @Config(qualifiers = "+en")
    fun english() = drawAll("en-light")

    @Test
    @Config(qualifiers = "+en-night")
    fun englishByNight() = drawAll("en-dark")

    @Test
    @Config(qualifiers = "+es")
    fun spanish() = drawAll("es-light")

    @Test
    @Config(qualifiers = "+es-night", sdk = [34])
    fun spanishByNight() = drawAll("es-dark")

    @Test
    @Config(qualifiers = "+en", fontScale = 2.0f)
    fun englishInLargeType() = drawAll("en-large")

    @Test
    @Config(qualifiers = "+es", fontScale = 2.0f)
    fun spanishInLargeType() = drawAll("es-large")

    @Test
    @Config(qualifiers = "+en")
    fun rightToLeft() = drawAll("rtl", LayoutDirection.Rtl)

    @Test
    @Config(qualifiers = "+en-night")
    fun theCodeCanBeScannedFromThePictureAlsoByNight() {
        show(listOf("share" to SCREENS.getValue("share-shown")), LayoutDirection.Ltr) { _, drawn ->
            val luma = ByteArray(drawn.width * drawn.height) { (drawn.getPixel(it % drawn.width, it / drawn.width) shr 8 and 0xFF).toByte() }
            assertEquals(PreviewData.CODE_TEXT, QrReader().read(luma, drawn.width, drawn.width, drawn.height))
        }
    }

    @Test
    fun everyScreenHasPreviewsAndEachOfThemIsDrawn() {
        val screens = File("src/main/kotlin/org/keepwell/app/screens").walk().filter { it.name.endsWith("Screen.kt") }
        val previews = screens.flatMap { screen ->
            val file = File("src/debug/kotlin/org/keepwell/app/screens", screen.name.replace("Screen", "Previews"))
            val found = PREVIEW.findAll(file.readText()).map { it.groupValues[1] }.toList()
            assertTrue(found.size > 1, "${file.name} has one state at most")
            found.map { name -> name.replace(Regex("(?<=.)(?=[A-Z])"), "-").lowercase() }
        }
        assertEquals(previews.toSet(), SCREENS.keys)
    }

    private fun drawAll(kind: String, direction: LayoutDirection = LayoutDirection.Ltr) {
        val seen = HashSet<Int>()
        val chosen = ArrayList<Bitmap>()
        show(SCREENS.toList(), direction) { name, drawn ->
            drawn.keep("$kind/$name")
            val pixels = IntArray(drawn.width * drawn.height).also { drawn.getPixels(it, 0, drawn.width, 0, 0, drawn.width, drawn.height) }
            assertTrue(pixels.indices.step(101).mapTo(HashSet()) { pixels[it] }.size > 3, "$name is blank")
            assertTrue(seen.add(pixels.contentHashCode()), "$name looks like another screen")
            if (kind == "en-light" || name in ON_SHEETS) chosen += drawn
        }
        sheet(chosen, columns = 7).keep("sheets/$kind")
    }

    private fun show(screens: List<Pair<String, @Composable () -> Unit>>, direction: LayoutDirection, look: (String, Bitmap) -> Unit) {
        val present = mutableStateOf(screens.first())
        compose.setContent {
            CompositionLocalProvider(LocalLayoutDirection provides direction) {
                key(present.value.first) { present.value.second() }
            }
        }
        for (screen in screens) {
            present.value = screen
            compose.waitForIdle()
            val drawn = picture(compose.activity.window.decorView)
            ShadowDialog.getLatestDialog()?.takeIf { it.isShowing }?.window?.decorView?.let { drawn.cover(it) }
            look(screen.first, drawn)
        }
    }

    private companion object {
        /** What docs/screens.md shows of each kind; of the first it shows every screen. */
        val ON_SHEETS = setOf("unlock-wrong", "recover-unknown", "home", "grant-terms", "grant-review", "access", "share-shown")

        val PREVIEW = Regex("@ScreenPreviews\n@Composable\ninternal fun (\\w+)Preview\\(")

        /** Every preview, by the name of its picture. */
        val SCREENS: Map<String, @Composable () -> Unit> = mapOf(
            "welcome" to { WelcomePreview() },
            "welcome-erased" to { WelcomeErasedPreview() },
            "welcome-words" to { WelcomeWordsPreview() },
            "shown-words" to { ShownWordsPreview() },
            "shown-words-last" to { ShownWordsLastPreview() },
            "quiz" to { QuizPreview() },
            "quiz-wrong" to { QuizWrongPreview() },
            "typed-words" to { TypedWordsPreview() },
            "typed-words-completed" to { TypedWordsCompletedPreview() },
            "typed-words-wrong" to { TypedWordsWrongPreview() },
            "connection" to { ConnectionPreview() },
            "connection-offline" to { ConnectionOfflinePreview() },
            "connection-busy" to { ConnectionBusyPreview() },
            "connection-from-code" to { ConnectionFromCodePreview() },
            "connection-restore" to { ConnectionRestorePreview() },
            "connection-unknown" to { ConnectionUnknownPreview() },
            "connection-scan" to { ConnectionScanPreview() },
            "started" to { StartedPreview() },
            "started-biometrics" to { StartedBiometricsPreview() },
            "started-biometrics-on" to { StartedBiometricsOnPreview() },
            "started-later" to { StartedLaterPreview() },
            "started-restoring" to { StartedRestoringPreview() },
            "started-restored" to { StartedRestoredPreview() },
            "started-missing" to { StartedMissingPreview() },
            "unlock" to { UnlockPreview() },
            "unlock-checking" to { UnlockCheckingPreview() },
            "unlock-wrong" to { UnlockWrongPreview() },
            "unlock-delayed" to { UnlockDelayedPreview() },
            "unlock-destroyed" to { UnlockDestroyedPreview() },
            "unlock-biometrics" to { UnlockBiometricsPreview() },
            "unlock-biometrics-refused" to { UnlockBiometricsRefusedPreview() },
            "unlock-biometrics-lost" to { UnlockBiometricsLostPreview() },
            "recover-words" to { RecoverWordsPreview() },
            "recover-checking" to { RecoverCheckingPreview() },
            "recover-unknown" to { RecoverUnknownPreview() },
            "recover-checksum" to { RecoverChecksumPreview() },
            "recover-passphrase" to { RecoverPassphrasePreview() },
            "recover-wrong" to { RecoverWrongPreview() },
            "recover-pin" to { RecoverPinPreview() },
            "recover-repeat" to { RecoverRepeatPreview() },
            "home" to { HomePreview() },
            "home-results" to { HomeResultsPreview() },
            "home-new" to { HomeNewPreview() },
            "home-nothing-noted" to { HomeNothingNotedPreview() },
            "home-todo" to { HomeTodoPreview() },
            "home-todo-later" to { HomeTodoLaterPreview() },
            "home-taken-over" to { HomeTakenOverPreview() },
            "home-first" to { HomeFirstPreview() },
            "home-loading" to { HomeLoadingPreview() },
            "home-locked" to { HomeLockedPreview() },
            "records" to { RecordsPreview() },
            "records-loading" to { RecordsLoadingPreview() },
            "records-locked" to { RecordsLockedPreview() },
            "records-search" to { RecordsSearchPreview() },
            "records-none" to { RecordsNonePreview() },
            "timeline" to { TimelinePreview() },
            "timeline-arrival" to { TimelineArrivalPreview() },
            "timeline-loading" to { TimelineLoadingPreview() },
            "timeline-locked" to { TimelineLockedPreview() },
            "record" to { RecordPreview() },
            "record-loading" to { RecordLoadingPreview() },
            "record-missing" to { RecordMissingPreview() },
            "record-error" to { RecordErrorPreview() },
            "record-parts" to { RecordPartsPreview() },
            "record-history" to { RecordHistoryPreview() },
            "record-others" to { RecordOthersPreview() },
            "record-received" to { RecordReceivedPreview() },
            "attachment" to { AttachmentPreview() },
            "attachment-saved" to { AttachmentSavedPreview() },
            "attachment-text" to { AttachmentTextPreview() },
            "attachment-other" to { AttachmentOtherPreview() },
            "attachment-loading" to { AttachmentLoadingPreview() },
            "attachment-damaged" to { AttachmentDamagedPreview() },
            "attachment-missing" to { AttachmentMissingPreview() },
            "import" to { ImportPreview() },
            "import-unreadable" to { ImportUnreadablePreview() },
            "import-link" to { ImportLinkPreview() },
            "import-link-passcode" to { ImportLinkPasscodePreview() },
            "import-link-unreadable" to { ImportLinkUnreadablePreview() },
            "paste-link" to { PasteLinkPreview() },
            "paste-link-none" to { PasteLinkNonePreview() },
            "import-reading" to { ImportReadingPreview() },
            "import-people" to { ImportPeoplePreview() },
            "import-report" to { ImportReportPreview() },
            "import-nothing" to { ImportNothingPreview() },
            "import-undo" to { ImportUndoPreview() },
            "import-undone" to { ImportUndonePreview() },
            "add" to { AddPreview() },
            "add-first" to { AddFirstPreview() },
            "add-loading" to { AddLoadingPreview() },
            "add-error" to { AddErrorPreview() },
            "add-drop" to { AddDropPreview() },
            "sources" to { SourcesPreview() },
            "sources-none" to { SourcesNonePreview() },
            "sources-loading" to { SourcesLoadingPreview() },
            "sources-error" to { SourcesErrorPreview() },
            "add-source" to { AddSourcePreview() },
            "add-source-unknown" to { AddSourceUnknownPreview() },
            "add-source-in-browser" to { AddSourceInBrowserPreview() },
            "signed-in-connecting" to { SignedInConnectingPreview() },
            "signed-in-who" to { SignedInWhoPreview() },
            "signed-in-unknown" to { SignedInUnknownPreview() },
            "signed-in-refused" to { SignedInRefusedPreview() },
            "source" to { SourcePreview() },
            "source-loading" to { SourceLoadingPreview() },
            "source-fetching" to { SourceFetchingPreview() },
            "source-fetched" to { SourceFetchedPreview() },
            "source-signed-out" to { SourceSignedOutPreview() },
            "source-of-other" to { SourceOfOtherPreview() },
            "source-remove" to { SourceRemovePreview() },
            "source-removed" to { SourceRemovedPreview() },
            "health" to { HealthPreview() },
            "health-reading" to { HealthReadingPreview() },
            "health-found" to { HealthFoundPreview() },
            "health-none" to { HealthNonePreview() },
            "health-refused" to { HealthRefusedPreview() },
            "health-error" to { HealthErrorPreview() },
            "clinics" to { ClinicsPreview() },
            "clinics-loading" to { ClinicsLoadingPreview() },
            "clinics-none" to { ClinicsNonePreview() },
            "clinics-offline" to { ClinicsOfflinePreview() },
            "clinic" to { ClinicPreview() },
            "clinic-loading" to { ClinicLoadingPreview() },
            "clinic-ended" to { ClinicEndedPreview() },
            "clinic-offline" to { ClinicOfflinePreview() },
            "clinic-key-changed" to { ClinicKeyChangedPreview() },
            "clinic-end-all" to { ClinicEndAllPreview() },
            "clinic-locked" to { ClinicLockedPreview() },
            "scan" to { ScanPreview() },
            "scan-denied" to { ScanDeniedPreview() },
            "asked" to { AskedPreview() },
            "asked-unproved" to { AskedUnprovedPreview() },
            "asked-over" to { AskedOverPreview() },
            "grant-loading" to { GrantLoadingPreview() },
            "grant-offline" to { GrantOfflinePreview() },
            "grant-terms" to { GrantTermsPreview() },
            "grant-asked" to { GrantAskedPreview() },
            "grant-refused" to { GrantRefusedPreview() },
            "grant-blocked" to { GrantBlockedPreview() },
            "grant-review" to { GrantReviewPreview() },
            "grant-confirm" to { GrantConfirmPreview() },
            "extend" to { ExtendPreview() },
            "extend-loading" to { ExtendLoadingPreview() },
            "extend-longest" to { ExtendLongestPreview() },
            "extend-blocked" to { ExtendBlockedPreview() },
            "extend-offline" to { ExtendOfflinePreview() },
            "extend-review" to { ExtendReviewPreview() },
            "extend-confirm" to { ExtendConfirmPreview() },
            "extend-ended" to { ExtendEndedPreview() },
            "granted-longer" to { GrantedLongerPreview() },
            "granted-longer-both" to { GrantedLongerBothPreview() },
            "granted-longer-waiting" to { GrantedLongerWaitingPreview() },
            "granted-longer-over" to { GrantedLongerOverPreview() },
            "granted" to { GrantedPreview() },
            "granted-loading" to { GrantedLoadingPreview() },
            "granted-unconfirmed" to { GrantedUnconfirmedPreview() },
            "granted-untold" to { GrantedUntoldPreview() },
            "granted-offline" to { GrantedOfflinePreview() },
            "granted-over" to { GrantedOverPreview() },
            "granted-missing" to { GrantedMissingPreview() },
            "access" to { AccessPreview() },
            "access-loading" to { AccessLoadingPreview() },
            "access-none" to { AccessNonePreview() },
            "access-revoke" to { AccessRevokePreview() },
            "access-offline" to { AccessOfflinePreview() },
            "access-last-known" to { AccessLastKnownPreview() },
            "access-stopped" to { AccessStoppedPreview() },
            "access-earlier" to { AccessEarlierPreview() },
            "share" to { SharePreview() },
            "share-sending" to { ShareSendingPreview() },
            "share-nothing" to { ShareNothingPreview() },
            "share-live" to { ShareLivePreview() },
            "share-review" to { ShareReviewPreview() },
            "share-review-offline" to { ShareReviewOfflinePreview() },
            "share-shown" to { ShareShownPreview() },
            "share-passcode-wrong" to { SharePasscodeWrongPreview() },
            "share-review-passcode" to { ShareReviewPasscodePreview() },
            "share-shown-passcode" to { ShareShownPasscodePreview() },
            "share-review-long" to { ShareReviewLongPreview() },
            "share-pin" to { SharePinPreview() },
            "share-shown-pending" to { ShareShownPendingPreview() },
            "share-ending" to { ShareEndingPreview() },
            "share-stop" to { ShareStopPreview() },
            "share-paused" to { SharePausedPreview() },
            "share-still-open" to { ShareStillOpenPreview() },
            "share-expired" to { ShareExpiredPreview() },
            "log" to { LogPreview() },
            "log-loading" to { LogLoadingPreview() },
            "log-none" to { LogNonePreview() },
            "log-offline" to { LogOfflinePreview() },
            "info-help" to { InfoHelpPreview() },
            "info-privacy" to { InfoPrivacyPreview() },
            "info-language" to { InfoLanguagePreview() },
            "info-language-of-phone" to { InfoLanguageOfPhonePreview() },
            "info-about" to { InfoAboutPreview() },
            "info-licences" to { InfoLicencesPreview() },
            "support" to { SupportPreview() },
            "support-loading" to { SupportLoadingPreview() },
            "settings" to { SettingsPreview() },
            "settings-biometrics" to { SettingsBiometricsPreview() },
            "settings-loading" to { SettingsLoadingPreview() },
            "settings-error" to { SettingsErrorPreview() },
            "auto-lock" to { AutoLockPreview() },
            "auto-lock-other" to { AutoLockOtherPreview() },
            "auto-lock-loading" to { AutoLockLoadingPreview() },
            "auto-lock-error" to { AutoLockErrorPreview() },
            "biometrics" to { BiometricsPreview() },
            "biometrics-on" to { BiometricsOnPreview() },
            "biometrics-lost" to { BiometricsLostPreview() },
            "biometrics-loading" to { BiometricsLoadingPreview() },
            "biometrics-error" to { BiometricsErrorPreview() },
            "biometrics-pin" to { BiometricsPinPreview() },
            "biometrics-none" to { BiometricsNonePreview() },
            "erase" to { ErasePreview() },
            "erase-at-risk" to { EraseAtRiskPreview() },
            "erase-sending" to { EraseSendingPreview() },
            "erase-loading" to { EraseLoadingPreview() },
            "erase-unknown" to { EraseUnknownPreview() },
            "erase-only-here" to { EraseOnlyHerePreview() },
            "erase-pin" to { ErasePinPreview() },
            "erase-forgotten" to { EraseForgottenPreview() },
            "erase-question" to { EraseQuestionPreview() },
            "erase-busy" to { EraseBusyPreview() },
            "erase-error" to { EraseErrorPreview() },
            "print" to { PrintPreview() },
            "print-nothing" to { PrintNothingPreview() },
            "print-pin" to { PrintPinPreview() },
            "print-ready" to { PrintReadyPreview() },
            "export" to { ExportPreview() },
            "export-pin" to { ExportPinPreview() },
            "export-writing" to { ExportWritingPreview() },
            "export-done" to { ExportDonePreview() },
            "export-stopped" to { ExportStoppedPreview() },
            "export-error" to { ExportErrorPreview() },
            "notices" to { NoticesPreview() },
            "notices-named" to { NoticesNamedPreview() },
            "notices-none" to { NoticesNonePreview() },
            "notices-unasked" to { NoticesUnaskedPreview() },
            "notices-refused" to { NoticesRefusedPreview() },
        )
    }
}
