package org.keepwell.app.ui

import androidx.compose.runtime.Composable
import androidx.compose.runtime.DisposableEffect
import androidx.compose.runtime.LaunchedEffect
import androidx.compose.ui.platform.LocalView
import kotlin.time.Duration.Companion.minutes
import kotlinx.coroutines.delay

/**
 * Keeps the screen bright: nobody touches it who writes words down, or reads them off a paper. What is forgotten on a table goes dark all
 * the same, ten minutes after the last [use].
 */
@Composable
fun StayAwake(use: Any?) {
    val view = LocalView.current
    LaunchedEffect(view, use) {
        view.keepScreenOn = true
        delay(LONGEST)
        view.keepScreenOn = false
    }
    DisposableEffect(view) { onDispose { view.keepScreenOn = false } }
}

private val LONGEST = 10.minutes
