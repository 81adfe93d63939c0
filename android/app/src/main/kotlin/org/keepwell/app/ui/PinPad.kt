package org.keepwell.app.ui

import androidx.compose.foundation.BorderStroke
import androidx.compose.foundation.layout.Arrangement
import androidx.compose.foundation.layout.Box
import androidx.compose.foundation.layout.Column
import androidx.compose.foundation.layout.Row
import androidx.compose.foundation.layout.Spacer
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.size
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.shape.CircleShape
import androidx.compose.material3.Icon
import androidx.compose.material3.MaterialTheme
import androidx.compose.material3.Surface
import androidx.compose.material3.Text
import androidx.compose.runtime.Composable
import androidx.compose.runtime.CompositionLocalProvider
import androidx.compose.ui.Alignment
import androidx.compose.ui.Modifier
import androidx.compose.ui.platform.LocalLayoutDirection
import androidx.compose.ui.res.painterResource
import androidx.compose.ui.res.pluralStringResource
import androidx.compose.ui.res.stringResource
import androidx.compose.ui.semantics.LiveRegionMode
import androidx.compose.ui.semantics.clearAndSetSemantics
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.liveRegion
import androidx.compose.ui.unit.LayoutDirection
import androidx.compose.ui.unit.dp
import org.keepwell.app.R
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.Pin
import org.keepwell.wallet.screen.PinEvent
import org.keepwell.wallet.screen.PinState

/**
 * A pad of our own instead of a text field: the digits go straight into an array that is overwritten, while a text field
 * and the keyboard behind it would keep them as strings. Digits stand left to right in every language.
 */
@Composable
fun PinPad(state: PinState, onEvent: (PinEvent) -> Unit, modifier: Modifier = Modifier) {
    Column(
        modifier = modifier.fillMaxWidth(),
        verticalArrangement = Arrangement.spacedBy(16.dp),
        horizontalAlignment = Alignment.CenterHorizontally,
    ) {
        PinDots(state = state)
        val problem = if (state.wait > 0) Problem.PinDelayed(state.wait) else state.problem
        // A countdown that spoke every second would drown everything else.
        if (problem != null) Notice(text = message(problem), tone = Tone.ERROR, isSilent = state.wait % 10 != 0L)
        CompositionLocalProvider(LocalLayoutDirection provides LayoutDirection.Ltr) {
            Column(modifier = Modifier.widthIn(max = 320.dp), verticalArrangement = Arrangement.spacedBy(8.dp)) {
                ROWS.forEach { row ->
                    Row(modifier = Modifier.fillMaxWidth(), horizontalArrangement = Arrangement.SpaceEvenly) {
                        row.forEach { key -> PinKey(key = key, isOpen = state.isOpen, onEvent = onEvent) }
                    }
                }
            }
        }
    }
}

@Composable
private fun PinDots(state: PinState, modifier: Modifier = Modifier) {
    val description = when {
        state.isChecking -> stringResource(R.string.pin_checking)
        state.entered == 0 -> stringResource(R.string.pin_none)
        else -> pluralStringResource(R.plurals.pin_entered, state.entered, state.entered)
    }
    Row(
        modifier = modifier.padding(vertical = 8.dp).clearAndSetSemantics {
            contentDescription = description
            liveRegion = LiveRegionMode.Polite
        },
        horizontalArrangement = Arrangement.spacedBy(12.dp),
    ) {
        val places = state.entered.coerceIn(Pin.SHORTEST, SHOWN)
        repeat(places) { place ->
            val colors = MaterialTheme.colorScheme
            val isFilled = place < state.entered
            Surface(
                modifier = Modifier.size(16.dp),
                shape = CircleShape,
                color = if (isFilled) colors.primary else colors.background,
                border = BorderStroke(width = 2.dp, color = if (isFilled) colors.primary else colors.outline),
            ) {}
        }
    }
}

@Composable
private fun PinKey(key: Char, isOpen: Boolean, onEvent: (PinEvent) -> Unit, modifier: Modifier = Modifier) {
    if (key == NOTHING) return Spacer(modifier = modifier.size(KEY))
    Surface(
        onClick = { onEvent(if (key == ERASE) PinEvent.Erase else PinEvent.Digit(key)) },
        modifier = modifier.size(KEY),
        enabled = isOpen,
        shape = CircleShape,
        color = if (isOpen) MaterialTheme.colorScheme.surfaceContainerHigh else MaterialTheme.colorScheme.surfaceContainer,
        contentColor = if (isOpen) MaterialTheme.colorScheme.onSurface else MaterialTheme.colorScheme.outline,
    ) {
        Box(contentAlignment = Alignment.Center) {
            if (key == ERASE) {
                Icon(painter = painterResource(R.drawable.ic_erase), contentDescription = stringResource(R.string.pin_erase))
            } else {
                Text(text = key.toString(), style = MaterialTheme.typography.headlineSmall)
            }
        }
    }
}

private const val ERASE = '<'
private const val NOTHING = ' '
private const val SHOWN = 12
private val ROWS = listOf("123", "456", "789", " 0<")
/** Small enough that all rows and what is consented to fit into 720 dp. */
private val KEY = 60.dp
