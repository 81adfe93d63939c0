package org.keepwell.app.screens

import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.text.KeyboardOptions
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.OutlinedTextField
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.testTag
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.text.input.KeyboardType
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.Tone
import org.keepwell.wallet.screen.PasteLinkEvent
import org.keepwell.wallet.screen.PasteLinkState

/** A link to records, pasted or typed; nothing is fetched here. */
@Composable
fun PasteLinkScreen(
    state: PasteLinkState,
    onBack: () -> Unit,
    onLock: () -> Unit,
    onEvent: (PasteLinkEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    ScreenFrame(
        modifier = modifier,
        onBack = onBack,
        onLock = onLock,
        bottomBar = {
            BottomBar {
                MainButton(
                    text = stringResource(R.string.next),
                    onClick = { onEvent(PasteLinkEvent.Next) },
                    isEnabled = state.text.isNotBlank(),
                )
            }
        },
    ) {
        item { ScreenTitle(text = stringResource(R.string.link_paste)) }
        if (state.isNone) item { Notice(text = stringResource(R.string.link_none), tone = Tone.WARNING) }
        item { SecondaryText(text = stringResource(R.string.link_paste_body)) }
        item {
            OutlinedTextField(
                value = state.text,
                onValueChange = { onEvent(PasteLinkEvent.Type(it)) },
                modifier = Modifier.fillMaxWidth().testTag("link"),
                label = { Text(text = stringResource(R.string.link_field)) },
                isError = state.isNone,
                minLines = 3,
                maxLines = 5,
                keyboardOptions = KeyboardOptions(autoCorrectEnabled = false, keyboardType = KeyboardType.Uri),
                shape = MaterialTheme.shapes.medium,
            )
        }
    }
}
