package org.keepwell.app.screens

import androidx.annotation.StringRes
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import org.keepwell.app.R
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.Tone
import org.keepwell.wallet.screen.CameraPermission
import org.keepwell.wallet.screen.ScanEvent
import org.keepwell.wallet.screen.ScanState

/** What the camera looks for, in words. */
enum class ScanTexts(
    @param:StringRes val title: Int,
    @param:StringRes val body: Int,
    @param:StringRes val other: Int,
    @param:StringRes val denied: Int,
) {
    CLINIC(
        title = R.string.scan_title,
        body = R.string.scan_body,
        other = R.string.scan_other,
        denied = R.string.scan_denied,
    ),
    RECORDS(
        title = R.string.scan_code_title,
        body = R.string.scan_records_body,
        other = R.string.scan_records_other,
        denied = R.string.scan_code_denied,
    ),
    CONNECTION(
        title = R.string.scan_code_title,
        body = R.string.scan_connection_body,
        other = R.string.problem_connection_unreadable,
        denied = R.string.scan_code_denied,
    ),
}

/** The camera, looking for a code; [camera] draws what it sees and reports each code. */
@Composable
fun ScanScreen(
    state: ScanState,
    texts: ScanTexts,
    onBack: () -> Unit,
    onEvent: (ScanEvent) -> Unit,
    modifier: Modifier = Modifier,
    camera: @Composable (onCode: (String) -> Unit) -> Unit,
) {
    ScreenFrame(modifier = modifier, onBack = onBack) {
        item {
            val step = if (texts == ScanTexts.CLINIC) stringResource(R.string.step, 1) else null
            ScreenTitle(text = stringResource(texts.title), above = step)
        }
        item { SecondaryText(text = stringResource(texts.body)) }
        if (state.isOtherCode) item { Notice(text = stringResource(texts.other), tone = Tone.WARNING) }
        when (state.permission) {
            CameraPermission.GRANTED -> item {
                val description = stringResource(R.string.scan_viewfinder)
                Surface(shape = MaterialTheme.shapes.large, color = MaterialTheme.colorScheme.surfaceContainerHighest) {
                    Box(modifier = Modifier.fillMaxWidth().aspectRatio(1f).semantics { contentDescription = description }) {
                        camera { onEvent(ScanEvent.Read(it)) }
                    }
                }
            }
            CameraPermission.DENIED -> item { Notice(text = stringResource(texts.denied), tone = Tone.INFO) }
            CameraPermission.UNKNOWN -> Unit
        }
    }
}
