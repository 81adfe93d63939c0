package org.keepwell.platform

import android.app.Activity
import android.os.Build
import android.view.View
import android.view.WindowManager

/** Keeps an activity out of screenshots, recordings, casts and the list of recent apps, and its fields out of autofill. */
fun keepPrivate(activity: Activity) {
    activity.window.setFlags(WindowManager.LayoutParams.FLAG_SECURE, WindowManager.LayoutParams.FLAG_SECURE)
    activity.window.decorView.importantForAutofill = View.IMPORTANT_FOR_AUTOFILL_NO_EXCLUDE_DESCENDANTS
    if (Build.VERSION.SDK_INT >= Build.VERSION_CODES.TIRAMISU) activity.setRecentsScreenshotEnabled(false)
}
