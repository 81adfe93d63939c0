package org.keepwell.app.screens

import android.content.res.Configuration
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.tooling.preview.Preview
import com.google.zxing.BarcodeFormat
import com.google.zxing.EncodeHintType
import com.google.zxing.qrcode.QRCodeWriter
import java.time.Instant
import org.keepwell.app.MainTabs
import org.keepwell.app.ui.AppSurface
import org.keepwell.app.ui.KeepwellTheme
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.CategoryCount
import org.keepwell.wallet.model.Grant
import org.keepwell.wallet.model.GrantId
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.PreviewedCategory
import org.keepwell.wallet.model.Purpose
import org.keepwell.wallet.model.QrCode
import org.keepwell.wallet.model.Source
import org.keepwell.wallet.model.SourceId
import org.keepwell.wallet.model.StoppedBy
import org.keepwell.wallet.navigation.Route

/** One state of a screen by day, by night, in Spanish, in type twice as large, and from right to left. */
@Preview(name = "day", widthDp = 360, heightDp = 720)
@Preview(name = "night", widthDp = 360, heightDp = 720, uiMode = Configuration.UI_MODE_NIGHT_YES)
@Preview(name = "Spanish", widthDp = 360, heightDp = 720, locale = "es")
@Preview(name = "large type", widthDp = 360, heightDp = 720, fontScale = 2f)
@Preview(name = "right to left", widthDp = 360, heightDp = 720, locale = "ar")
annotation class ScreenPreviews

/** What stands around every screen in the app, with the tabs where it is the main place [tab]. */
@Composable
internal fun PreviewFrame(tab: Route? = null, content: @Composable () -> Unit) {
    KeepwellTheme {
        AppSurface {
            Column {
                Box(modifier = Modifier.weight(1f)) { content() }
                if (tab != null) MainTabs(selected = tab, onSelect = {})
            }
        }
    }
}

/** What several previews show; the data are made up. */
internal object PreviewData {
    /** When every preview is. */
    val NOW: Instant = Instant.parse("2026-11-21T09:30:00Z")

    /** What the code on the share screen says. */
    const val CODE_TEXT = "https://share.example.org/viewer#shlink:/eyJ1cmwiOiJodHRwczovL2V4YW1wbGUub3JnL2wvYWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoiLCJleHAiOjE3OTUyNDg2MDAsImZsYWciOiJVIiwia2V5IjoiQUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcSJ9"

    val CODE: QrCode = QRCodeWriter().encode(CODE_TEXT, BarcodeFormat.QR_CODE, 1, 1, mapOf(EncodeHintType.MARGIN to 0))
        .let { matrix -> QrCode(matrix.width) { x, y -> matrix[x, y] } }

    val COUNTS = FakeData.records.groupingBy { it.summary.category }.eachCount().toSortedMap()
        .map { (category, count) -> CategoryCount(category, count.toLong()) }

    val PREVIEWED = FakeData.records.map { it.summary }.groupBy { it.category }.toSortedMap()
        .map { (category, records) -> PreviewedCategory(category, records.sortedByDescending { it.date }) }

    fun source(name: String, last: Instant? = NOW, needsSignIn: Boolean = false) = Source(
        id = SourceId("%032x".format(name.length)),
        name = name,
        address = "https://$name/r4",
        given = listOf("Patient", "AllergyIntolerance", "Condition", "MedicationRequest", "Observation", "Immunization", "CareTeam"),
        withheld = listOf("DocumentReference", "ImagingStudy"),
        added = NOW.minusSeconds(9 * 86_400),
        last = last,
        expires = null,
        needsSignIn = needsSignIn,
    )

    val GRANTED_CATEGORIES = listOf(Category.ALLERGIES, Category.MEDICATIONS, Category.RESULTS)

    val GRANT = grant("Northside Family Clinic", GrantState.ACTIVE, 42_917)

    fun grant(clinicName: String, state: GrantState, code: Int) = Grant(
        id = GrantId("%064x".format(code)),
        clinic = FakeData.northside.id,
        clinicName = clinicName,
        categories = GRANTED_CATEGORIES,
        purpose = Purpose.TREATMENT,
        notBefore = NOW,
        notAfter = NOW.plusSeconds(30 * 86_400),
        state = state,
        since = NOW,
        delivered = state != GrantState.PENDING,
        matchCode = "%06d".format(code),
        stoppedBy = StoppedBy.LEDGER.takeIf { state == GrantState.REVOKED },
    )
}
