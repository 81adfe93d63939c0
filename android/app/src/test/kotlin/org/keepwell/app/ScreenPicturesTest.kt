package org.keepwell.app

import android.app.Application
import android.content.ComponentName
import android.graphics.Bitmap
import androidx.activity.ComponentActivity
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.runtime.key
import androidx.compose.runtime.mutableStateOf
import androidx.compose.ui.platform.LocalLayoutDirection
import androidx.compose.ui.test.junit4.v2.createAndroidComposeRule
import androidx.compose.ui.unit.LayoutDirection
import androidx.test.core.app.ApplicationProvider
import java.time.Instant
import kotlin.test.assertEquals
import kotlin.test.assertTrue
import kotlin.time.Duration
import kotlin.time.Duration.Companion.minutes
import kotlin.time.Duration.Companion.seconds
import org.junit.Rule
import org.junit.Test
import org.junit.rules.ExternalResource
import org.junit.rules.RuleChain
import org.junit.runner.RunWith
import org.keepwell.app.screens.AccessScreen
import org.keepwell.app.screens.ClinicsScreen
import org.keepwell.app.screens.GrantScreen
import org.keepwell.app.screens.LogScreen
import org.keepwell.app.screens.RecordScreen
import org.keepwell.app.screens.RecordsScreen
import org.keepwell.app.screens.RecoveryScreen
import org.keepwell.app.screens.ScanScreen
import org.keepwell.app.screens.ShareScreen
import org.keepwell.app.screens.UnlockScreen
import org.keepwell.app.ui.AppSurface
import org.keepwell.app.ui.KeepwellTheme
import org.keepwell.platform.QrReader
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.fake.FakeWallet
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.CategoryCount
import org.keepwell.wallet.model.Grant
import org.keepwell.wallet.model.GrantId
import org.keepwell.wallet.model.GrantPreview
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.LogEntry
import org.keepwell.wallet.model.LogEvent
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.Purpose
import org.keepwell.wallet.model.QrCode
import org.keepwell.wallet.model.ShareOpening
import org.keepwell.wallet.model.ShareState
import org.keepwell.wallet.model.StoppedBy
import org.keepwell.wallet.navigation.GrantDraft
import org.keepwell.wallet.screen.AccessState
import org.keepwell.wallet.screen.CameraPermission
import org.keepwell.wallet.screen.ClinicsState
import org.keepwell.wallet.screen.GrantScreenState
import org.keepwell.wallet.screen.GrantStep
import org.keepwell.wallet.screen.LogState
import org.keepwell.wallet.screen.PinState
import org.keepwell.wallet.screen.RecordState
import org.keepwell.wallet.screen.RecordsState
import org.keepwell.wallet.screen.RecoveryState
import org.keepwell.wallet.screen.RecoveryStep
import org.keepwell.wallet.screen.ScanState
import org.keepwell.wallet.screen.ShareScreenState
import org.keepwell.wallet.screen.ShareStep
import org.robolectric.RobolectricTestRunner
import org.robolectric.Shadows.shadowOf
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
    val rules: RuleChain = RuleChain.outerRule(object : ExternalResource() {
        // An empty activity to draw in, which the app's manifest does not have.
        override fun before() {
            val app = ApplicationProvider.getApplicationContext<Application>()
            shadowOf(app.packageManager).addActivityIfNotPresent(ComponentName(app, ComponentActivity::class.java))
        }
    }).around(compose)

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
            assertEquals(CODE_TEXT, QrReader().read(luma, drawn.width, drawn.width, drawn.height))
        }
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
                KeepwellTheme { AppSurface { key(present.value.first) { present.value.second() } } }
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
        val ON_SHEETS = setOf("unlock-wrong", "recover-unknown", "records", "grant-terms", "grant-review", "access", "share-shown")

        const val CODE_TEXT = "https://share.example.org/viewer#shlink:/eyJ1cmwiOiJodHRwczovL2V4YW1wbGUub3JnL2wvYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoiLCJleHAiOjE3OTUyNDg2MDAsImZsYWciOiJVIiwia2V5IjoiQUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcSJ9"

        val WORDS = FakeWallet.WORDS
        val NOW: Instant = FakeApplication.NOW
        val COUNTS = FakeData.records.groupingBy { it.summary.category }.eachCount().toSortedMap().map { (category, count) -> CategoryCount(category, count.toLong()) }
        fun record(title: String) = FakeData.records.first { it.summary.title == title }.let { RecordState(it.picture, it.content) }
        val DRAFT = GrantDraft(setOf(Category.ALLERGIES, Category.MEDICATIONS, Category.RESULTS))
        val TERMS = GrantScreenState(FakeData.northside, DRAFT, COUNTS)
        val GRANT = grant("Northside Family Clinic", GrantState.ACTIVE, 42_917)
        val CODE: QrCode = com.google.zxing.qrcode.QRCodeWriter().encode(
            CODE_TEXT, com.google.zxing.BarcodeFormat.QR_CODE, 1, 1, mapOf(com.google.zxing.EncodeHintType.MARGIN to 0),
        ).let { matrix -> QrCode(matrix.width) { x, y -> matrix[x, y] } }
        val SHOWN = ShareScreenState(
            ShareStep.SHOWN, COUNTS, qrCode = CODE, remaining = 8.minutes + 5.seconds,
            openings = listOf(ShareOpening(NOW, "Northside Family Clinic, front desk", true)),
        )

        fun grant(clinic: String, state: GrantState, code: Int) = Grant(
            GrantId("%064x".format(code)), clinic, listOf(Category.ALLERGIES, Category.MEDICATIONS, Category.RESULTS), Purpose.TREATMENT,
            NOW, NOW.plusSeconds(30 * 86_400), state, NOW, state != GrantState.PENDING, code, StoppedBy.LEDGER.takeIf { state == GrantState.REVOKED },
        )

        val ACCESS = AccessState(
            listOf(GRANT, grant("Lakeside Heart Centre", GrantState.PENDING, 805_112), grant("Riverbend Urgent Care", GrantState.REVOKED, 3)),
            isLoading = false,
        )

        val SCREENS: Map<String, @Composable () -> Unit> = mapOf(
            "unlock" to { UnlockScreen(PinState(entered = 4), {}) {} },
            "unlock-wrong" to { UnlockScreen(PinState(problem = Problem.WrongPin(7)), {}) {} },
            "unlock-destroyed" to { UnlockScreen(PinState(problem = Problem.PinSlotDestroyed), {}) {} },
            "recover-words" to { RecoveryScreen(RecoveryState(words = WORDS.take(9).joinToString(" "))) {} },
            "recover-unknown" to {
                val typed = WORDS.map { if (it == "canyon") "canyn" else it }.joinToString(" ")
                RecoveryScreen(RecoveryState(words = typed, suggestions = listOf("canyon", "candy"), problem = Problem.WordsUnreadable("UnknownWord", 3))) {}
            },
            "recover-checksum" to {
                RecoveryScreen(RecoveryState(words = WORDS.joinToString(" "), problem = Problem.WordsUnreadable("MnemonicChecksum", null))) {}
            },
            "recover-passphrase" to { RecoveryScreen(RecoveryState(RecoveryStep.PASSPHRASE)) {} },
            "recover-wrong" to {
                RecoveryScreen(RecoveryState(RecoveryStep.PASSPHRASE, passphrase = "green door ", problem = Problem.WrongWords)) {}
            },
            "recover-pin" to { RecoveryScreen(RecoveryState(RecoveryStep.NEW_PIN, pin = PinState(problem = Problem.PinsDiffer))) {} },
            "records" to { RecordsScreen(RecordsState(counts = COUNTS, isLoading = false), null, {}) {} },
            "records-search" to {
                val found = FakeData.records.map { it.summary }.filter { it.category == Category.MEDICATIONS || it.category == Category.CONDITIONS }
                RecordsScreen(RecordsState(search = "e", records = found, isLoading = false), null, {}) {}
            },
            "record" to { RecordScreen(record("Hemoglobin A1c"), {}, {}) {} },
            "record-error" to { RecordScreen(record("Penicillin"), {}, {}) {} },
            "record-parts" to { RecordScreen(record("Blood pressure"), {}, {}) {} },
            "clinics" to { ClinicsScreen(ClinicsState(clinics = FakeData.clinics, isLoading = false), {}, {}) {} },
            "scan-denied" to { ScanScreen(ScanState(CameraPermission.DENIED, isOtherCode = true), {}, {}) {} },
            "grant-terms" to { GrantScreen(TERMS, {}, {}) {} },
            "grant-blocked" to { GrantScreen(TERMS.copy(clinic = FakeData.changed), {}, {}) {} },
            "grant-review" to {
                val seen = COUNTS.filter { it.category in DRAFT.categories }
                GrantScreen(TERMS.copy(step = GrantStep.REVIEW, preview = GrantPreview(seen, COUNTS.sumOf { it.count } - seen.sumOf { it.count })), {}, {}) {}
            },
            "grant-confirm" to { GrantScreen(TERMS.copy(step = GrantStep.CONFIRM, pin = PinState(entered = 6)), {}, {}) {} },
            "granted" to { GrantScreen(TERMS.copy(step = GrantStep.GRANTED, granted = GRANT), {}, {}) {} },
            "access" to { AccessScreen(ACCESS, {}) {} },
            "access-revoke" to { AccessScreen(ACCESS.copy(asking = GRANT), {}) {} },
            "access-offline" to { AccessScreen(ACCESS.copy(grants = listOf(GRANT.copy(state = GrantState.REVOKING)), isQueued = true), {}) {} },
            "access-stopped" to {
                AccessScreen(ACCESS.copy(grants = listOf(GRANT.copy(state = GrantState.REVOKING, stoppedBy = StoppedBy.HOST))), {}) {}
            },
            "share" to { ShareScreen(ShareScreenState(counts = COUNTS), {}) {} },
            "share-review" to {
                val types = mapOf("Patient" to 1L, "AllergyIntolerance" to 1L, "Condition" to 2L, "MedicationRequest" to 2L, "Observation" to 72L)
                ShareScreen(ShareScreenState(ShareStep.REVIEW, types = types, dangling = 2, withdrawn = 1, remaining = 10.minutes), {}) {}
            },
            "share-shown" to { ShareScreen(SHOWN, {}) {} },
            "share-still-open" to { ShareScreen(SHOWN.copy(state = ShareState.REVOKED, isStillOpen = true, qrCode = null, remaining = Duration.ZERO), {}) {} },
            "share-expired" to { ShareScreen(SHOWN.copy(state = ShareState.EXPIRED, qrCode = null, remaining = Duration.ZERO), {}) {} },
            "log" to {
                val entries = listOf(
                    LogEntry(NOW, LogEvent.REVOKED, "Northside Family Clinic"),
                    LogEntry(NOW.minusSeconds(900), LogEvent.SHARE_OPENED, "Lakeside Heart Centre, front desk"),
                    LogEntry(NOW.minusSeconds(1200), LogEvent.SHARE_MADE, null),
                    LogEntry(NOW.minusSeconds(80_000), LogEvent.RECORDS_READ, "Northside Family Clinic"),
                    LogEntry(NOW.minusSeconds(86_400), LogEvent.GRANTED, "Northside Family Clinic"),
                )
                LogScreen(LogState(entries, isLoading = false), {}) {}
            },
            "log-offline" to {
                val own = listOf(LogEntry(NOW, LogEvent.GRANTED, "Northside Family Clinic"))
                LogScreen(LogState(own, isLoading = false, isOwnOnly = true), {}) {}
            },
        )
    }
}
