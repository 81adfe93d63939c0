package org.keepwell.app.screens

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

/** The camera, looking for a clinic's code; [camera] draws what it sees and reports each code. */
@Composable
fun ScanScreen(
    state: ScanState,
    onBack: () -> Unit,
    onEvent: (ScanEvent) -> Unit,
    modifier: Modifier = Modifier,
    camera: @Composable (onCode: (String) -> Unit) -> Unit,
) {
    ScreenFrame(modifier = modifier, onBack = onBack) {
        item { ScreenTitle(text = stringResource(R.string.scan_title), above = stringResource(R.string.step, 1)) }
        item { SecondaryText(text = stringResource(R.string.scan_body)) }
        if (state.isOtherCode) item { Notice(text = stringResource(R.string.scan_other), tone = Tone.WARNING) }
        when (state.permission) {
            CameraPermission.GRANTED -> item {
                val description = stringResource(R.string.scan_viewfinder)
                Surface(shape = MaterialTheme.shapes.large, color = MaterialTheme.colorScheme.surfaceContainerHighest) {
                    Box(modifier = Modifier.fillMaxWidth().aspectRatio(1f).semantics { contentDescription = description }) {
                        camera { onEvent(ScanEvent.Read(it)) }
                    }
                }
            }
            CameraPermission.DENIED -> item { Notice(text = stringResource(R.string.scan_denied), tone = Tone.INFO) }
            CameraPermission.UNKNOWN -> Unit
        }
    }
}
