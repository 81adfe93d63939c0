package org.keepwell.platform

import android.view.Window
import android.view.WindowManager.LayoutParams

/** Keeps a window's screen on and as bright as it gets until this is closed; then both are as they were. */
class BrightWindow(private val window: Window) : AutoCloseable {
    private val brightness = window.attributes.screenBrightness
    private val wasOn = window.attributes.flags and LayoutParams.FLAG_KEEP_SCREEN_ON != 0

    init {
        window.addFlags(LayoutParams.FLAG_KEEP_SCREEN_ON)
        shine(LayoutParams.BRIGHTNESS_OVERRIDE_FULL)
    }

    override fun close() {
        if (!wasOn) window.clearFlags(LayoutParams.FLAG_KEEP_SCREEN_ON)
        shine(brightness)
    }

    private fun shine(brightness: Float) {
        window.attributes = window.attributes.apply { screenBrightness = brightness }
    }
}
