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
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.SecondaryText
import org.keepwell.app.ui.Tone
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.AddSourceEvent
import org.keepwell.wallet.screen.AddSourceState

/** The address of a clinic's records, and the way to the page on which the patient signs in there. */
@Composable
fun AddSourceScreen(
    state: AddSourceState,
    onBack: () -> Unit,
    onLock: () -> Unit,
    onEvent: (AddSourceEvent) -> Unit,
    modifier: Modifier = Modifier,
) {
    ScreenFrame(
        modifier = modifier,
        onBack = onBack,
        onLock = onLock,
        bottomBar = {
            BottomBar {
                MainButton(
                    text = stringResource(R.string.source_sign_in),
                    onClick = { onEvent(AddSourceEvent.SignIn) },
                    isEnabled = state.address.isNotBlank() && !state.isBusy,
                )
            }
        },
    ) {
        item { ScreenTitle(text = stringResource(R.string.source_connect)) }
        if (state.isBusy) item { BusyIndicator() }
        state.problem?.let { problem -> item { ProblemNotice(problem = problem) } }
        if (state.isInBrowser) item { Notice(text = stringResource(R.string.source_in_browser), tone = Tone.INFO) }
        item { SecondaryText(text = stringResource(R.string.source_address_body)) }
        item {
            OutlinedTextField(
                value = state.address,
                onValueChange = { onEvent(AddSourceEvent.Type(it)) },
                modifier = Modifier.fillMaxWidth().testTag("address"),
                label = { Text(text = stringResource(R.string.source_address)) },
                isError = state.problem is Problem.SourceAddress,
                keyboardOptions = KeyboardOptions(autoCorrectEnabled = false, keyboardType = KeyboardType.Uri),
                shape = MaterialTheme.shapes.medium,
            )
        }
        item { SecondaryText(text = stringResource(R.string.source_sign_in_body)) }
    }
}
