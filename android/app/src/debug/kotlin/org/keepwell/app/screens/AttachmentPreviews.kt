package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Canvas
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.Paint
import org.keepwell.app.Pages
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.model.RecordAttachment
import org.keepwell.wallet.screen.AttachmentState

@ScreenPreviews
@Composable
internal fun AttachmentPreview() = Previewed(AttachmentState(file = file("application/pdf", "Scan of the letter")))

@ScreenPreviews
@Composable
internal fun AttachmentSavedPreview() = Previewed(AttachmentState(file = file("application/pdf", "Scan of the letter"), isSaved = true))

@ScreenPreviews
@Composable
internal fun AttachmentTextPreview() {
    val text = listOf("She can go home.\nPlease check her blood pressure in two weeks.")
    Previewed(AttachmentState(file = file("text/plain", "Letter"), text = text))
}

@ScreenPreviews
@Composable
internal fun AttachmentOtherPreview() = Previewed(AttachmentState(file = file("application/dicom", "Heart curve")))

@ScreenPreviews
@Composable
internal fun AttachmentLoadingPreview() = Previewed(AttachmentState())

@ScreenPreviews
@Composable
internal fun AttachmentDamagedPreview() = Previewed(AttachmentState(file = file("image/png", "Photo of the ward"), isBroken = true, problem = Problem.AttachmentDamaged))

@ScreenPreviews
@Composable
internal fun AttachmentMissingPreview() = Previewed(AttachmentState(problem = Problem.AttachmentMissing))

@Composable
private fun Previewed(state: AttachmentState) = PreviewFrame {
    AttachmentScreen(state = state, openPages = { PreviewPages }, onBack = {}, onLock = {}, onSave = {}, onEvent = {})
}

private fun file(contentType: String, title: String) = RecordAttachment(contentType, title, FakeData.bytes(contentType))

/** Two pages with lines where a letter has its words. */
private object PreviewPages : Pages {
    override val count = 2

    override suspend fun draw(page: Int, width: Int): ImageBitmap {
        val drawn = ImageBitmap(width, width * 297 / 210)
        val canvas = Canvas(drawn)
        canvas.drawRect(0f, 0f, drawn.width.toFloat(), drawn.height.toFloat(), Paint().apply { color = Color.White })
        val ink = Paint().apply { color = Color.DarkGray }
        for (line in 1..20) {
            val from = Offset(width * 0.1f, drawn.height * line / 24f)
            val size = Size(width * if (line % 5 == 0) 0.4f else 0.8f, drawn.height / 90f)
            canvas.drawRect(from.x, from.y, from.x + size.width, from.y + size.height, ink)
        }
        return drawn
    }

    override fun close() = Unit
}
