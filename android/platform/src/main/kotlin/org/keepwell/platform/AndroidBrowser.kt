package org.keepwell.platform

import android.content.ActivityNotFoundException
import android.content.Context
import android.content.Intent
import android.net.Uri
import org.keepwell.wallet.screen.Browser

/** The browser that the person uses: a page in it shows its own address, and this app sees nothing of what is typed there. */
class AndroidBrowser(private val context: Context) : Browser {
    override fun open(url: String): Boolean {
        val page = Uri.parse(url)
        // The address is what a server answered: no other app is to be opened by it.
        if (page.scheme != "https" && page.scheme != "http") return false
        return try {
            context.startActivity(Intent(Intent.ACTION_VIEW, page).addCategory(Intent.CATEGORY_BROWSABLE).addFlags(Intent.FLAG_ACTIVITY_NEW_TASK))
            true
        } catch (_: ActivityNotFoundException) {
            false
        }
    }
}
