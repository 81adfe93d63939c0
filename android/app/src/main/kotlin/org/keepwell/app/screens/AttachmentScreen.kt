package org.keepwell.app.screens

import android.graphics.BitmapFactory
import androidx.compose.foundation.Image
import androidx.compose.foundation.ScrollState
import androidx.compose.foundation.horizontalScroll
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.BoxWithConstraints
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.width
import androidx.compose.foundation.lazy.LazyListScope
import androidx.compose.foundation.rememberScrollState
import androidx.compose.foundation.text.selection.SelectionContainer
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.DisposableEffect
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.runtime.getValue
import androidx.compose.runtime.mutableStateOf
import androidx.compose.runtime.produceState
import androidx.compose.runtime.remember
import androidx.compose.runtime.saveable.rememberSaveable
import androidx.compose.runtime.setValue
import androidx.compose.ui.Modifier
import androidx.compose.ui.graphics.ImageBitmap
import androidx.compose.ui.graphics.asImageBitmap
import androidx.compose.ui.layout.ContentScale
import androidx.compose.ui.platform.LocalDensity
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.unit.Dp
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.withContext
import org.keepwell.app.Pages
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.OtherButton
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.QuietButton
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.Tone
import org.keepwell.wallet.model.AttachmentKind
import org.keepwell.wallet.model.RecordAttachment
import org.keepwell.wallet.screen.AttachmentEvent
import org.keepwell.wallet.screen.AttachmentState

/**
 * A file out of a record: its pages, its picture or its text, or what it is where none of them can be shown; and a copy of it for another
 * app. [openPages] reads a PDF, null where it is none.
 */
@Composable
fun AttachmentScreen(
    state: AttachmentState,
    openPages: suspend (ByteArray) -> Pages?,
    onBack: () -> Unit,
    onLock: () -> Unit,
    onSave: (fileName: String) -> Unit,
    onEvent: (AttachmentEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    val file = state.file
    val isDrawn = file != null && (state.kind == AttachmentKind.PAGES || state.kind == AttachmentKind.PICTURE)
    var isLarge by rememberSaveable { mutableStateOf(false) }
    val across = rememberScrollState()
    val broken = { onEvent(AttachmentEvent.Broken) }
    val pages = if (file != null && state.kind == AttachmentKind.PAGES) pagesOf(file, openPages, broken) else null
    val picture = if (file != null && state.kind == AttachmentKind.PICTURE) pictureOf(file, broken) else null
    ScreenFrame(
        modifier = modifier,
        onBack = onBack,
        onLock = onLock,
        actions = {
            if (isDrawn) {
                QuietButton(text = stringResource(if (isLarge) R.string.file_smaller else R.string.file_larger), onClick = { isLarge = !isLarge })
            }
        },
        bottomBar = {
            if (file != null) {
                BottomBar {
                    SecondaryText(text = stringResource(R.string.file_save_how))
                    OtherButton(
                        text = stringResource(R.string.file_save),
                        onClick = { onSave(state.fileName) },
                        isEnabled = !state.isSaving,
                    )
                }
            }
        },
    ) {
        item { ScreenTitle(text = file?.title ?: stringResource(R.string.file_untitled), above = file?.contentType?.let { fileKind(it) }) }
        state.problem?.let { problem ->
            item { ProblemNotice(problem = problem, onRetry = { onEvent(AttachmentEvent.Retry) }.takeIf { file == null }) }
        }
        if (state.isSaved) item { Notice(text = stringResource(R.string.file_saved), tone = Tone.INFO) }
        when {
            file == null -> Unit
            pages != null -> pageItems(pages, isLarge, across)
            picture != null -> item { Drawn(image = picture, description = file.title ?: stringResource(R.string.aside_picture), isLarge = isLarge, across = across) }
            state.kind == AttachmentKind.TEXT -> items(count = state.text.size) { part ->
                SelectionContainer { Text(text = state.text[part], style = MaterialTheme.typography.bodyLarge) }
            }
            state.kind == AttachmentKind.OTHER -> item { SecondaryText(text = stringResource(R.string.file_unreadable)) }
        }
        val isDrawing = isDrawn && pages == null && picture == null && state.problem == null
        if (state.isLoading || state.isSaving || isDrawing) item { BusyIndicator() }
    }
}

@Composable
private fun pagesOf(file: RecordAttachment, openPages: suspend (ByteArray) -> Pages?, onBroken: () -> Unit): Pages? {
    var pages by remember(file) { mutableStateOf<Pages?>(null) }
    LaunchedEffect(file) {
        val opened = openPages(file.bytes)
        if (opened == null) onBroken() else pages = opened
    }
    DisposableEffect(file) { onDispose { pages?.close() } }
    return pages
}

@Composable
private fun pictureOf(file: RecordAttachment, onBroken: () -> Unit): ImageBitmap? {
    val picture by produceState<ImageBitmap?>(initialValue = null, file) {
        val decoded = withContext(Dispatchers.Default) { decode(file.bytes) }
        if (decoded == null) onBroken() else value = decoded
    }
    return picture
}

private fun LazyListScope.pageItems(pages: Pages, isLarge: Boolean, across: ScrollState) {
    items(count = pages.count, key = { "page $it" }) { page ->
        BoxWithConstraints(modifier = Modifier.fillMaxWidth()) {
            val width = with(LocalDensity.current) { drawnWidth(maxWidth, isLarge).roundToPx() }
            val image by produceState<ImageBitmap?>(initialValue = null, pages, width) { value = pages.draw(page, width) }
            val name = stringResource(R.string.file_page, page + 1, pages.count)
            val drawn = image
            if (drawn == null) {
                Box(modifier = Modifier.fillMaxWidth().aspectRatio(A4)) { BusyIndicator(description = name) }
            } else {
                Drawn(image = drawn, description = name, isLarge = isLarge, across = across)
            }
        }
    }
}

/** As wide as the screen, or twice as wide and moved from side to side; all pages together. */
@Composable
private fun Drawn(image: ImageBitmap, description: String, isLarge: Boolean, across: ScrollState, modifier: Modifier = Modifier) {
    BoxWithConstraints(modifier = modifier.fillMaxWidth()) {
        val width = drawnWidth(maxWidth, isLarge)
        Box(modifier = Modifier.horizontalScroll(across)) {
            Image(
                bitmap = image,
                contentDescription = description,
                modifier = Modifier.width(width).aspectRatio(image.width.toFloat() / image.height),
                contentScale = ContentScale.FillWidth,
            )
        }
    }
}

private fun drawnWidth(screen: Dp, isLarge: Boolean): Dp = if (isLarge) screen * 2 else screen

/** The picture, halved until it is no larger than any screen needs: a few bytes may say that they are a picture of gigabytes. */
internal fun decode(bytes: ByteArray): ImageBitmap? {
    val size = BitmapFactory.Options().apply { inJustDecodeBounds = true }
    BitmapFactory.decodeByteArray(bytes, 0, bytes.size, size)
    if (size.outWidth <= 0 || size.outHeight <= 0) return null
    var part = 1
    while (maxOf(size.outWidth, size.outHeight) / part > LONGEST_SIDE) part *= 2
    return try {
        BitmapFactory.decodeByteArray(bytes, 0, bytes.size, BitmapFactory.Options().apply { inSampleSize = part })?.asImageBitmap()
    } catch (_: OutOfMemoryError) {
        null
    }
}

private const val LONGEST_SIDE = 4_096
private const val A4 = 210f / 297f
