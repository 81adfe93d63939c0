package org.keepwell.app.screens

import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.res.stringResource
import org.keepwell.app.R
import org.keepwell.app.ui.BottomBar
import org.keepwell.app.ui.BusyIndicator
import org.keepwell.app.ui.IconText
import org.keepwell.app.ui.InfoCard
import org.keepwell.app.ui.LinkCard
import org.keepwell.app.ui.MainButton
import org.keepwell.app.ui.Notice
import org.keepwell.app.ui.ProblemNotice
import org.keepwell.app.ui.ScreenFrame
import org.keepwell.app.ui.ScreenTitle
import org.keepwell.app.ui.Tone
import org.keepwell.wallet.screen.StartEvent
import org.keepwell.wallet.screen.StartState
import org.keepwell.wallet.screen.StartStep

/** The first thing that a person sees, unless everything was erased just now: what this is, then what the words are and which of two ways to go. */
@Composable
fun WelcomeScreen(state: StartState, onEvent: (StartEvent) -> Unit, modifier: Modifier = Modifier, isErased: Boolean = false) {
    if (state.step == StartStep.WELCOME) {
        Welcome(isErased = isErased, onEvent = onEvent, modifier = modifier)
    } else {
        AboutWords(state = state, onEvent = onEvent, modifier = modifier)
    }
}

@Composable
private fun Welcome(isErased: Boolean, onEvent: (StartEvent) -> Unit, modifier: Modifier = Modifier) {
    ScreenFrame(
        modifier = modifier,
        bottomBar = { BottomBar { MainButton(text = stringResource(R.string.next), onClick = { onEvent(StartEvent.Next) }) } },
    ) {
        if (isErased) item { Notice(text = stringResource(R.string.erased), tone = Tone.INFO) }
        item { ScreenTitle(text = stringResource(R.string.start_title)) }
        item { Text(text = stringResource(R.string.start_body), style = MaterialTheme.typography.bodyLarge) }
        item { IconText(icon = R.drawable.ic_lock, text = stringResource(R.string.start_private)) }
    }
}

@Composable
private fun AboutWords(state: StartState, onEvent: (StartEvent) -> Unit, modifier: Modifier = Modifier) {
    ScreenFrame(modifier = modifier, onBack = { onEvent(StartEvent.Back) }) {
        item { ScreenTitle(text = stringResource(R.string.about_words_title)) }
        item { Text(text = stringResource(R.string.about_words_body), style = MaterialTheme.typography.bodyLarge) }
        item { InfoCard { IconText(icon = R.drawable.ic_info, text = stringResource(R.string.about_words_care)) } }
        state.problem?.let { problem -> item { ProblemNotice(problem = problem) } }
        item {
            LinkCard(
                title = stringResource(R.string.start_new),
                onClick = { onEvent(StartEvent.New) },
                detail = stringResource(R.string.start_new_how),
                isEnabled = !state.isBusy,
            )
        }
        item {
            LinkCard(
                title = stringResource(R.string.start_have_words),
                onClick = { onEvent(StartEvent.HaveWords) },
                detail = stringResource(R.string.start_have_words_how),
                isEnabled = !state.isBusy,
            )
        }
        if (state.isBusy) item { BusyIndicator() }
    }
}
