//! What images and projects are made of: archives and layers, the packages in them, and what is known against those.
//!
//! Deliberately absent: severities, controls, rendering, and any way outward: whoever calls opens the files.
